"""VEX statements on findings: what somebody says is not affected is set aside with his reason, never dropped."""

from collections.abc import Iterable

import msgspec

from vedette.findings.wording import clip
from vedette.matching.vex import Scope, VexIndex, clears, why
from vedette.model.finding import Finding, FindingStatus, Vulnerability, VulnerablePackage
from vedette.model.inventory import Inventory
from vedette.model.vex import VexStatement


def scope_of(inventory: Inventory, names: Iterable[str] = ()) -> Scope:
    """What statements on products may be about.

    Args:
        inventory: of the target.
        names: other names of it: an image's references and digests.
    """
    cpe = inventory.distro.cpe if inventory.distro else None
    return Scope(
        names=frozenset((inventory.resource.id, *names, *((cpe,) if cpe else ()))),
        purls=tuple(sorted({package.purl for package in inventory.packages})),
    )


def waive(
    findings: Iterable[Finding], statements: Iterable[VexStatement], scope: Scope
) -> tuple[Finding, ...]:
    """The findings, where a statement clears all packages of one it is suppressed, with the statement's words.

    A package that is cleared says so in `waived`; a finding stays active for the others. Apply it after `suppress`, which sets free
    what no rule covers.
    """
    index = VexIndex(statements, scope)
    return tuple(_waived(finding, index) for finding in findings)


def waived_by(finding: Finding) -> str | None:
    """The statement that sets the finding aside: None unless all its packages are cleared."""
    evidence = finding.evidence
    if not isinstance(evidence, Vulnerability) or not all(one.waived for one in evidence.packages):
        return None
    return evidence.packages[0].waived


def unwaived(finding: Finding) -> Finding:
    """The finding without what statements said of it before."""
    evidence = finding.evidence
    if not isinstance(evidence, Vulnerability) or not any(one.waived for one in evidence.packages):
        return finding
    packages = tuple(msgspec.structs.replace(one, waived=None) for one in evidence.packages)
    return msgspec.structs.replace(
        finding, evidence=msgspec.structs.replace(evidence, packages=packages)
    )


def _waived(finding: Finding, index: VexIndex) -> Finding:
    evidence = finding.evidence
    if not isinstance(evidence, Vulnerability) or finding.status is FindingStatus.CLOSED:
        return finding
    packages = tuple(_package(one, evidence, index) for one in evidence.packages)
    if packages == evidence.packages:
        return finding
    known = msgspec.structs.replace(evidence, packages=packages)
    marked = msgspec.structs.replace(finding, evidence=known)
    waived = waived_by(marked)
    if waived is None:
        return marked
    return msgspec.structs.replace(marked, status=FindingStatus.SUPPRESSED, suppressed_by=waived)


def _package(one: VulnerablePackage, evidence: Vulnerability, index: VexIndex) -> VulnerablePackage:
    ids = (evidence.id, *evidence.aliases, *evidence.advisories)
    statement = index.statement(one.package.purl, ids)
    if statement is None or not clears(statement):
        return one
    return msgspec.structs.replace(one, waived=clip(why(statement)))
