"""Mix's `mix.lock`: https://hexdocs.pm/mix/Mix.Tasks.Deps.html, an Elixir map with one dependency a line."""

import re
from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, from_vcs, read_declared, text_of
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_HEX = re.compile(r'"[^"\\]+": \{:hex, :"?([^",\s]+)"?, "([^"\\]+)", ["n].*\},?')
_GIT = re.compile(r'"([^"\\]+)": \{:git, "([^"\\]+)", "([^"\\]+)", \[.*\]\},?')
_OTHER = re.compile(r'"[^"\\]+": \{:path, .*\},?')
_FRAME = frozenset({"%{", "}", "%{}"})

_package = Declarer(kind=PackageKind.HEX, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    text = text_of(file.data)
    if not text.lstrip().startswith("%{"):
        raise ParseError("not a map")
    if not text.rstrip().endswith("}"):
        raise ParseError("the file is cut off")
    return read_declared(_lines(text), _read)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped and stripped not in _FRAME and not stripped.startswith("#"):
            yield f"line {number}", stripped


def _read(line: str) -> FoundPackage | None:
    if match := _HEX.fullmatch(line):
        return _package(match[1], match[2])
    if match := _GIT.fullmatch(line):
        return _package(match[1], match[3], origin=from_vcs(match[2], match[3]))
    if _OTHER.fullmatch(line):
        return None
    raise ParseError(f"not a locked dependency: {line[:80]!r}")


EXTRACTOR = Extractor(
    name="mix_lock",
    version=1,
    title="Mix lock files (Elixir)",
    patterns=("**/mix.lock",),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
