"""What nobody can tell of a resource."""

from collections.abc import Iterator
from typing import Any

import msgspec

from vedette.app.undecided import ResourceDoubts
from vedette.cli.render.table import printable

_SHOWN = 50


def undecided_lines(one: ResourceDoubts) -> Iterator[str]:
    """For people: the first reasons of a resource."""
    yield printable(f"{one.resource.id}:")
    for sentence in one.unjudged:
        yield printable(f"  {sentence}")
    for verdict in one.undecided[:_SHOWN]:
        package = f"{verdict.package.name} {verdict.package.version}"
        yield printable(f"  {package}: {verdict.advisory.id}: {verdict.reason}")
    if len(one.undecided) > _SHOWN:
        yield f"  and {len(one.undecided) - _SHOWN} more (--format json lists them all)"


def undecided_json(one: ResourceDoubts) -> str:
    """One line of JSON, with all reasons."""
    document: dict[str, Any] = {
        "resource": one.resource.id,
        "account": one.resource.account,
        "region": one.resource.region,
        "unjudged": one.unjudged,
        "undecided": [
            {
                "package": verdict.package.purl,
                "advisory": verdict.advisory.id,
                "feed": verdict.advisory.feed,
                "reason": verdict.reason,
            }
            for verdict in one.undecided
        ],
    }
    return msgspec.json.encode(document).decode()
