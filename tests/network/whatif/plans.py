"""Terraform plans and CloudFormation change sets made for tests, with as little around the changes as the tools print."""

import json
from typing import Any

from tests.network.estates import PLACE
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach
from vedette.network.whatif.compare import Difference, compare
from vedette.network.whatif.planned import Planned
from vedette.network.whatif.read import planned

KNOWN_AFTER = "{{changeSet:KNOWN_AFTER_APPLY}}"


def change(
    address: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    unknown: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An entry of `resource_changes`; the address tells the type."""
    actions = {
        (False, True): ["create"],
        (True, False): ["delete"],
        (True, True): ["update"],
        (False, False): ["no-op"],
    }[before is not None, after is not None]
    return {
        "address": address,
        "mode": "managed",
        "type": address.split("[", maxsplit=1)[0].split(".")[-2],
        "name": address.split("[", maxsplit=1)[0].rsplit(".", maxsplit=1)[-1],
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
        },
    } | more


def refer(*references: str) -> dict[str, Any]:
    """An expression that refers to these, with their prefixes as Terraform writes them."""
    out = []
    for one in references:
        out.append(one)
        base = ".".join(one.split(".")[:2])
        if base != one:
            out.append(base)
    return {"references": out}


def constant(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


def terraform(*changes: dict[str, Any], **expressions: dict[str, Any]) -> dict[str, Any]:
    """A plan; `expressions` are those of resources, with `__` for the dot in their address."""
    resources = [
        {"address": name.replace("__", "."), "mode": "managed", "expressions": value}
        for name, value in expressions.items()
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {},
        "resource_changes": list(changes),
        "configuration": {"root_module": {"resources": resources}},
    }


def stack(
    kind: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    physical: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A `Change` of a change set."""
    action = "Add" if before is None else "Remove" if after is None else "Modify"
    inner: dict[str, Any] = {
        "Action": action,
        "LogicalResourceId": "It",
        "ResourceType": kind,
        "Scope": [],
        "Details": [],
    }
    for name, side in (("BeforeContext", before), ("AfterContext", after)):
        if side is not None:
            inner[name] = json.dumps({"Properties": side})
    if physical is not None:
        inner["PhysicalResourceId"] = physical
    return {"Type": "Resource", "ResourceChange": inner | more}


def change_set(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ChangeSetName": "next",
        "StackName": "network",
        "Status": "CREATE_COMPLETE",
        "Changes": list(changes),
    } | more


def plan(answers: dict[str, Any], document: Any) -> Planned:
    return planned(snapshot_from({PLACE: answers}), json.dumps(document).encode())


def unknown(done: Planned) -> list[tuple[str, str]]:
    return [(one.component, one.attribute) for one in done.unknown]


def compared(answers: dict[str, Any], done: Planned) -> Difference:
    before = reach(topology_of(snapshot_from({PLACE: answers})), cuts=False)
    return compare(before, reach(topology_of(done.snapshot), cuts=False))


def difference(answers: dict[str, Any], document: Any) -> Difference:
    """The difference of a document in which everything is understood."""
    done = plan(answers, document)
    assert done.unknown == ()
    return compared(answers, done)


def ports(pieces: Any) -> list[tuple[str, int]]:
    return [(one.resource, one.ports.begin) for one in pieces]
