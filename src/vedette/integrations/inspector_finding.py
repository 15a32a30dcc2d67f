"""Inspector's own shape of a finding, for the API, for events, and as the report in JSON.

The report is what `ListFindings` answers, whole: `{"findings": […]}` with the wire's names and times in seconds since 1970.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from vedette.integrations._base import (
    Entry,
    Occasion,
    Report,
    inspector_finding,
    inspector_findings,
    json_bytes,
    json_list,
)

__all__ = ["REPORT", "inspector_finding", "inspector_findings"]


def _timed(value: Any) -> Any:
    """Times as seconds, at any depth."""
    match value:
        case datetime():
            return round(value.timestamp(), 3)
        case dict():
            return {name: _timed(one) for name, one in value.items()}
        case list():
            return [_timed(one) for one in value]
        case _:
            return value


def _write(entries: Iterable[Entry], occasion: Occasion) -> Iterator[bytes]:
    del occasion
    yield b'{"findings":['
    yield from json_list(
        json_bytes(_timed(inspector_finding(entry.finding, entry.resource))) for entry in entries
    )
    yield b"\n]}\n"


REPORT = Report(
    name="json",
    title="Inspector's own JSON",
    media_type="application/json",
    suffix=".json",
    write=_write,
)
