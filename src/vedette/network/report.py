"""The answers as the document `vedette-reach/1`: sorted, and the same bytes for the same network."""

import hashlib
from typing import Any

import msgspec

from vedette.model.network import ClosingChange, Exposure, Hop, NotReachable, UnknownReach
from vedette.network.intended import Intended
from vedette.network.reach import Reach

SCHEMA = "vedette-reach/1"


def reach_document(reach: Reach) -> dict[str, Any]:
    """The whole document; `sources` of an exposure names a set in `source_sets`."""
    sets = {source_set_id(one.sources): list(one.sources) for one in reach.exposures}
    return {
        "schema": SCHEMA,
        "source_sets": {name: sets[name] for name in sorted(sets)},
        "exposures": [_exposure(one) for one in reach.exposures],
        "not_reachable": [other_document(one) for one in reach.not_reachable],
        "unknown": [other_document(one) for one in reach.unknown],
        "assumptions": list(reach.assumptions),
    }


def intents_document(reach: Reach, intended: Intended) -> dict[str, Any]:
    """The document with `expected_by` in each exposure, and the intents that do not hold."""
    document = reach_document(reach)
    for exposure, names in zip(document["exposures"], intended.expected, strict=True):
        exposure["expected_by"] = list(names)
    document["unmet_intents"] = [msgspec.to_builtins(one) for one in intended.unmet]
    document["untold_unmet_intents"] = intended.untold
    return document


def encode(document: dict[str, Any]) -> bytes:
    """The document as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def source_set_id(sources: tuple[str, ...]) -> str:
    """The id of a source set: a hash of its blocks, the same in every document."""
    digest = hashlib.sha256("\n".join(sources).encode()).hexdigest()
    return f"set-{digest[:12]}"


def _exposure(one: Exposure) -> dict[str, Any]:
    witness = one.witness
    return {
        "edge": one.edge,
        "interface": one.interface,
        "address": one.address,
        "resource": one.resource,
        "owner": one.owner,
        "account": one.account,
        "region": one.region,
        "protocol": one.transport.value,
        "ports": [one.ports.begin, one.ports.end],
        "sources": source_set_id(one.sources),
        "whole": one.whole,
        "return_path": one.return_path,
        "through": one.through,
        "labels": list(one.labels),
        "witness": None if witness is None else msgspec.to_builtins(witness),
        "path": [_hop(hop) for hop in one.path],
        "return": [_hop(hop) for hop in one.back],
        "inspector_path": [_step(hop) for hop in one.inspector_path],
        "closing_changes": [_closing(change) for change in one.closing_changes],
    }


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "component_type": hop.component_type,
        "component_id": hop.component_id,
        "arn": hop.arn,
        "rule": hop.rule,
        "because": hop.because,
    }


def _step(hop: Hop) -> dict[str, Any]:
    return {
        "component_type": hop.component_type,
        "component_id": hop.component_id,
        "arn": hop.arn,
    }


def _closing(change: ClosingChange) -> dict[str, Any]:
    return {
        "changes": [msgspec.to_builtins(one) for one in change.changes],
        "breaks": list(change.breaks),
        "broken": change.broken,
    }


def other_document(one: NotReachable | UnknownReach) -> dict[str, Any]:
    """An answer that is no exposure."""
    return {
        "edge": one.edge,
        "interface": one.interface,
        "address": one.address,
        "resource": one.resource,
        "code": one.code,
        "component": one.component,
        "reason": one.reason,
    }
