"""Python's core metadata, the part that names a distribution.

https://packaging.python.org/en/latest/specifications/core-metadata/
"""

import io
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError

_WANTED = frozenset({"name", "version", "license", "license-expression", "classifier"})
_LICENSE_CLASSIFIER = "License ::"
_MOST_HEADERS = 20_000


class CoreMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The fields as written; `licenses` is the expression, else the licence field, else the classifiers' ends."""

    name: str
    version: str
    licenses: tuple[str, ...] = ()


def parse_core_metadata(data: bytes) -> CoreMetadata:
    """Read the header part; the description after the first empty line is left alone.

    Raises:
        ParseError: where there is no name or no version.
    """
    values: dict[str, list[str]] = {}
    for key, value in _headers(data):
        values.setdefault(key, []).append(value)
    for needed in ("name", "version"):
        if not values.get(needed, [""])[0]:
            raise ParseError(f"no {needed.capitalize()}")
    return CoreMetadata(
        name=values["name"][0], version=values["version"][0], licenses=_licenses(values)
    )


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    """Wanted headers by lower-case name; of a folded one the first line is enough."""
    for number, raw in enumerate(io.BytesIO(data)):
        if not raw.strip():
            return
        if raw[:1] in {b" ", b"\t"}:
            continue
        if number > _MOST_HEADERS:
            raise ParseError(f"more than {_MOST_HEADERS} header lines")
        name, colon, value = raw.partition(b":")
        key = name.decode("utf-8", "replace").lower()
        if colon and key in _WANTED:
            yield key, value.decode("utf-8", "replace").strip()


def _licenses(values: dict[str, list[str]]) -> tuple[str, ...]:
    for key in ("license-expression", "license"):
        text = values.get(key, [""])[0]
        if text and text != "UNKNOWN":
            return (text,)
    classified = (
        classifier.rpartition("::")[2].strip()
        for classifier in values.get("classifier", [])
        if classifier.startswith(_LICENSE_CLASSIFIER)
    )
    return tuple(name for name in classified if name != "OSI Approved")
