"""Go's `go.mod`: https://go.dev/ref/mod#go-mod-file.

From Go 1.17 on the file lists every module that the build needs; before, those needed indirectly are missing, which is a fault unless
there is a `go.sum` (`vedette.inventory.sums`). Of the standard library a version is named
by `toolchain`, or by a `go` line of a whole release: an older one (`go 1.17`) names the language only.
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared, text_of
from vedette.inventory.formats.go_modules import UNLISTED
from vedette.inventory.found import Extraction, Fault, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_LISTS_ALL = (1, 17)
_RELEASE = re.compile(r"(?:go)?(\d+\.\d+(?:\.\d+|rc\d+|beta\d+))(?:[-+ ].*)?")
_LANGUAGE = re.compile(r"(\d+)\.(\d+)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|`([^`]*)`|(=>)|([^\s"`]+)')
_BLOCK = re.compile(r"([a-z]+)\s*\(")
_LOCAL = ("./", "../", "/", ".\\", "..\\")
_REQUIRED, _REPLACED = 2, 4

_package = Declarer(kind=PackageKind.GOLANG, manager=PackageManager.GOMOD)


class _Directive(msgspec.Struct, frozen=True):
    verb: str
    words: tuple[str, ...]


class _Module(msgspec.Struct):
    """Everything that later lines decide about requirements."""

    replaced: dict[tuple[str, str], tuple[str, ...]] = {}
    excluded: set[tuple[str, str]] = set()
    language: str = ""
    toolchain: str = ""


def _extract(file: FileInput) -> Extraction:
    directives = list(_directives(text_of(file.data)))
    if not directives:
        raise ParseError("no directive")
    module, requirements = _Module(replaced={}, excluded=set()), []
    for place, directive in directives:
        if directive.verb == "require":
            requirements.append((place, directive.words))
        else:
            _note(module, directive)
    extraction = read_declared(requirements, lambda words: _read(words, module))
    return msgspec.structs.replace(
        extraction,
        packages=(*extraction.packages, *_stdlib(module)),
        faults=(*extraction.faults, *_missing(module)),
    )


def _directives(text: str) -> Iterator[tuple[str, _Directive]]:
    block = ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = _without_comment(raw)
        if not line:
            continue
        if line == ")" and block:
            block = ""
        elif (opened := _BLOCK.fullmatch(line)) and not block:
            block = opened[1]
        else:
            verb, words = (block, _words(line)) if block else _verb(line, number)
            yield f"line {number}", _Directive(verb, words)
    if block:
        raise ParseError(f"{block} ( is not closed")


def _without_comment(line: str) -> str:
    at = line.find("//")
    while at > 0 and line[at - 1] not in " \t)":
        at = line.find("//", at + 2)
    return (line if at < 0 else line[:at]).strip()


def _verb(line: str, number: int) -> tuple[str, tuple[str, ...]]:
    words = _words(line)
    if not words or not words[0].isalpha():
        raise ParseError(f"not a directive: {line[:80]!r}", f"line {number}")
    return words[0], words[1:]


def _words(line: str) -> tuple[str, ...]:
    return tuple(a or b or c or d for a, b, c, d in _STRING.findall(line))


def _note(module: _Module, directive: _Directive) -> None:
    words = directive.words
    match directive.verb:
        case "go" if words:
            module.language = words[0]
        case "toolchain" if words:
            module.toolchain = words[0]
        case "exclude" if len(words) == _REQUIRED:
            module.excluded.add((words[0], words[1]))
        case "replace" if "=>" in words:
            at = words.index("=>")
            old = (*words[:at], "")[:2] if at else ("", "")
            module.replaced[old[0], old[1]] = words[at + 1 :]
        case _:
            pass  # module, retract, tool, ignore, godebug: no modules that are needed


def _read(words: tuple[str, ...], module: _Module) -> FoundPackage | None:
    if len(words) != _REQUIRED:
        raise ParseError(f"not a requirement: {' '.join(words)[:80]!r}")
    path, version = words
    if (path, version) in module.excluded:
        raise ParseError(f"{path} {version} is excluded, and the file does not say what is taken")
    new = module.replaced.get((path, version)) or module.replaced.get((path, ""))
    if new is None:
        return _package(path, version)
    if new[0].startswith(_LOCAL) or len(new) != _REQUIRED:
        return None
    return _package(new[0], new[1])


def _stdlib(module: _Module) -> Iterator[FoundPackage]:
    match = _RELEASE.fullmatch(module.toolchain) or _RELEASE.fullmatch(module.language)
    if match:
        yield _package("stdlib", match[1])


def _missing(module: _Module) -> Iterator[Fault]:
    match = _LANGUAGE.match(module.language)
    if match is None or (int(match[1]), int(match[2])) < _LISTS_ALL:
        yield Fault(place=f"go {module.language[:20]}".strip(), reason=UNLISTED)


EXTRACTOR = Extractor(
    name="go_mod",
    version=1,
    title="Go modules (go.mod)",
    patterns=("**/go.mod",),
    limit=4 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
