"""pip's requirements files: https://pip.pypa.io/en/stable/reference/requirements-file-format/.

Only an exact version (`==`, `===`, without a wildcard) names a package; the other requirements are named in one fault. Files that
are included (`-r`, `-c`) are read under their own names, if those are of requirements; what is installed from a folder
(`-e .`) is the repository's own.
"""

import re
from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared, text_of, with_unversioned
from vedette.inventory.formats.pypi_name import canonicalize_name
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_COMMENT = re.compile(r"(?:^|[ \t])#[^\n]*", re.MULTILINE)
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[ \t]*(?:\[[^\]]*\])?[ \t]*(?P<rest>[^;]*)(?:;.*)?"
)
_OPTION = re.compile(r"[ \t]--?[a-z].*")
_EXACT = re.compile(r"===?[ \t]*([^\s,*=]+)")
_ADDRESS = re.compile(r"@|[A-Za-z+]+:|\.{0,2}/")

_package = Declarer(kind=PackageKind.PYPI, manager=PackageManager.PIP)


def _extract(file: FileInput) -> Extraction:
    unpinned: list[str] = []

    def read(line: str) -> FoundPackage | None:
        if _ADDRESS.match(line):
            unpinned.append(line)
            return None
        match = _REQUIREMENT.fullmatch(line)
        if match is None:
            raise ParseError(f"not a requirement: {line[:80]!r}")
        exact = _exact(match["rest"])
        if exact is None:
            unpinned.append(match["name"])
            return None
        return _package(canonicalize_name(match["name"]), exact)

    extraction = read_declared(_lines(text_of(file.data)), read)
    return with_unversioned(extraction, unpinned, "not pinned to one version")


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Requirements without comments, options and line ends that are escaped."""
    number, held = 0, ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = _COMMENT.sub("", raw)
        if line.endswith("\\"):
            held += line[:-1]
            continue
        whole, held = _OPTION.sub("", held + line).strip(), ""
        if whole and not whole.startswith("-"):
            yield f"line {number}", whole
    if held:
        raise ParseError("the file is cut off", f"line {number}")


def _exact(specifiers: str) -> str | None:
    """The version that a set of specifiers, perhaps in parentheses, pins; None where it pins none."""
    text = specifiers.strip().removeprefix("(").removesuffix(")")
    if not text:
        return None
    if _ADDRESS.match(text):
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part[:1] in set("=<>!~") for part in parts):
        raise ParseError(f"not a version specifier: {text[:80]!r}")
    exact = (_EXACT.fullmatch(part) for part in parts)
    return next((match[1] for match in exact if match), None)


EXTRACTOR = Extractor(
    name="requirements_txt",
    version=1,
    title="pip requirements with exact versions",
    patterns=("**/requirements*.txt", "**/*requirements.txt", "**/requirements/*.txt"),
    limit=4 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
