"""The operations by family, explicitly listed; `HANDLERS` has them by the service model's names.

A family that has something to say of its operations lists its `NOTES` as well; one without a note works.
"""

from collections.abc import Mapping

from vedette.api.call import Handler, Note
from vedette.api.operations import (
    accounts,
    aggregations,
    cis_configurations,
    cis_results,
    cis_sessions,
    classic_runs,
    classic_targets,
    clusters,
    code_security,
    configuration,
    connectors,
    coverage,
    deep_inspection,
    encryption,
    filters,
    findings,
    on_demand,
    organization,
    reports,
    sboms,
    scan_sbom,
    tags,
    usage,
    vulnerabilities,
)

FAMILIES: tuple[Mapping[str, Handler], ...] = (
    accounts.HANDLERS,
    aggregations.HANDLERS,
    cis_configurations.HANDLERS,
    cis_results.HANDLERS,
    cis_sessions.HANDLERS,
    clusters.HANDLERS,
    code_security.HANDLERS,
    configuration.HANDLERS,
    connectors.HANDLERS,
    coverage.HANDLERS,
    deep_inspection.HANDLERS,
    encryption.HANDLERS,
    filters.HANDLERS,
    findings.HANDLERS,
    on_demand.HANDLERS,
    organization.HANDLERS,
    reports.HANDLERS,
    sboms.HANDLERS,
    tags.HANDLERS,
    usage.HANDLERS,
    vulnerabilities.HANDLERS,
)

SCAN_FAMILIES: tuple[Mapping[str, Handler], ...] = (scan_sbom.HANDLERS,)
"""Of the service `inspector-scan`."""

CLASSIC_FAMILIES: tuple[Mapping[str, Handler], ...] = (
    classic_runs.HANDLERS,
    classic_targets.HANDLERS,
)
"""Of the service `inspector`, which is Inspector Classic."""

FAMILY_NOTES: tuple[Mapping[str, Note], ...] = (
    accounts.NOTES,
    aggregations.NOTES,
    cis_configurations.NOTES,
    cis_results.NOTES,
    cis_sessions.NOTES,
    clusters.NOTES,
    code_security.NOTES,
    configuration.NOTES,
    connectors.NOTES,
    coverage.NOTES,
    deep_inspection.NOTES,
    encryption.NOTES,
    filters.NOTES,
    findings.NOTES,
    on_demand.NOTES,
    organization.NOTES,
    reports.NOTES,
    sboms.NOTES,
    tags.NOTES,
    usage.NOTES,
    vulnerabilities.NOTES,
)
SCAN_NOTES: tuple[Mapping[str, Note], ...] = (scan_sbom.NOTES,)
CLASSIC_NOTES: tuple[Mapping[str, Note], ...] = (
    classic_runs.NOTES,
    classic_targets.NOTES,
)

HANDLERS: Mapping[str, Handler] = {
    name: handler for family in FAMILIES for name, handler in family.items()
}

SERVICES: Mapping[str, Mapping[str, Handler]] = {
    "inspector2": HANDLERS,
    "inspector-scan": {name: one for family in SCAN_FAMILIES for name, one in family.items()},
    "inspector": {name: one for family in CLASSIC_FAMILIES for name, one in family.items()},
}
"""Handlers by service, as requests are signed for it."""

NOTES: Mapping[str, Mapping[str, Note]] = {
    "inspector2": {name: note for notes in FAMILY_NOTES for name, note in notes.items()},
    "inspector-scan": {name: note for notes in SCAN_NOTES for name, note in notes.items()},
    "inspector": {name: note for notes in CLASSIC_NOTES for name, note in notes.items()},
}
