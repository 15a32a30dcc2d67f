"""Yarn's `yarn.lock`: version 1 (https://classic.yarnpkg.com/lang/en/docs/yarn-lock/) and Berry's (https://yarnpkg.com/advanced/lexicon).

Entries begin at the line's start with the ranges that they answer; version 1 has `version "1.0"` and `resolved`, Berry
`version: 1.0` and `resolution`. What is for development only is not in the file.
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import REGISTRY, from_url, read_declared, text_of
from vedette.inventory.formats.npm_source import (
    is_folder,
    npm_package,
    origin_of,
    split_alias,
    split_name,
)
from vedette.inventory.found import Extraction, FoundPackage
from vedette.model.package import PackageManager

_FIELD = re.compile(r'  (version|resolved|resolution):? "?([^"\n]*)"?')
_LOCAL = ("workspace:", "link:", "portal:")


class _Entry(msgspec.Struct):
    ranges: str
    fields: dict[str, str]


def _extract(file: FileInput) -> Extraction:
    return read_declared(_entries(text_of(file.data)), _read)


def _entries(text: str) -> Iterator[tuple[str, _Entry]]:
    entry: _Entry | None = None
    place = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line[0] == "#" or (line == ":" and entry):
            continue
        if line[0] != " ":
            if entry:
                yield place, entry
            entry, place = _opened(line, number), f"line {number}"
        elif entry is None:
            raise ParseError("a field before any entry", f"line {number}")
        elif match := _FIELD.fullmatch(line):
            entry.fields[match[1]] = match[2]
    if entry:
        yield place, entry


def _opened(line: str, number: int) -> _Entry:
    """The ranges, each perhaps in quotes; of a very long line Berry makes `? RANGES`, and `:` on the next."""
    if not line.endswith(":") and not line.startswith("? "):
        raise ParseError(f"neither an entry nor a field: {line[:80]!r}", f"line {number}")
    return _Entry(line.removeprefix("? ").removesuffix(":"), {})


def _read(entry: _Entry) -> FoundPackage | None:
    if entry.ranges == "__metadata":
        return None
    version = entry.fields.get("version")
    if resolution := entry.fields.get("resolution"):
        return _of_berry(resolution, version)
    first = entry.ranges.partition(",")[0].strip().strip('"')
    name, wanted = split_name(first)
    if wanted.startswith(_LOCAL) or is_folder(wanted):
        return None
    name, _ = split_alias(name, wanted)
    origin = origin_of(entry.fields.get("resolved")) or origin_of(wanted)
    return npm_package(name, version, manager=PackageManager.YARN, origin=origin)


def _of_berry(resolution: str, version: str | None) -> FoundPackage | None:
    """A resolution is the name and a locator: `npm:1.0`, `workspace:packages/a`, `patch:…`, an address."""
    name, locator = split_name(resolution)
    if locator.startswith(_LOCAL) or is_folder(locator.partition("::")[0]):
        return None
    if locator.startswith("npm:"):
        return npm_package(name, version, manager=PackageManager.YARN)
    origin = origin_of(locator.partition("::")[0])
    if not origin and not locator.startswith("patch:"):
        origin = from_url(locator)
    return npm_package(name, version, manager=PackageManager.YARN, origin=origin or REGISTRY)


EXTRACTOR = Extractor(
    name="yarn_lock",
    version=1,
    title="Yarn lock files (1 and Berry)",
    patterns=("**/yarn.lock",),
    limit=64 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
