"""Programs built by Go: the main module, its dependencies as they were linked, and the standard library.

The build information's text is that of `runtime/debug.BuildInfo` (Go's src/runtime/debug/mod.go): a line of words between
tabs for each module, `=>` for what replaced the one before. A program built from a work tree has no version
(`(devel)`, or none); so has a module that a folder replaced. That is said, not guessed: only where the builder
told the linker to set a variable of the main module that is called a version is it taken from there.
"""

import re
from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.executable import GO
from vedette.inventory.formats.words import word
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_UNVERSIONED = "(devel)"
_TOOLCHAIN = re.compile(r"go(\d+\.\d+)(\.\d+)?((?:alpha|beta|rc)\d+)?(?:[ -].*)?")
_DEVELOPMENT = re.compile(r"(?:devel|go\d+\.\d+-devel).*")
_MODULE = re.compile(r"[A-Za-z0-9._~!/+-]+")
_SET = re.compile(r"-X[ =\\\"']+([^\s\"'=]{1,300})\.(\w{1,100})=([^\s\"'\\]{1,100})")
_VERSION_VARIABLES = frozenset(
    {"version", "ver", "appversion", "buildversion", "gitversion", "releaseversion"}
)
_SEMVER = re.compile(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_MOST_MODULES = 20_000


def _extract(file: FileInput) -> Extraction:
    if not file.data:
        raise ParseError("a Go program whose build information was not found")
    try:
        toolchain, *lines = file.data.decode().split("\n")
    except UnicodeDecodeError as error:
        raise ParseError("build information that is not UTF-8", f"offset {error.start}") from error
    linked = _linked_version(lines)
    modules = [("stdlib", _toolchain(toolchain)), *_modules(lines, linked)]
    if len(modules) > _MOST_MODULES:
        raise ParseError(f"more than {_MOST_MODULES} modules")
    return Extraction(packages=tuple(_package(name, version) for name, version in modules))


def _toolchain(text: str) -> str:
    """The version as the Go vulnerability database compares it; the first of a series had no third number before Go 1.21."""
    match = _TOOLCHAIN.fullmatch(text)
    if match:
        return match[1] + (match[3] or match[2] or ".0")
    if _DEVELOPMENT.fullmatch(text):
        return _UNVERSIONED
    raise ParseError(f"not a version of Go: {text[:80]!r}")


def _linked_version(lines: list[str]) -> str:
    """What the linker was told of the main module's version (`-X main.version=1.2.3`), if that is one."""
    main = next((line.split("\t")[1] for line in lines if line.startswith("mod\t")), "")
    flags = next((line for line in lines if line.startswith("build\t-ldflags=")), "")
    found = {
        value.removeprefix("v")
        for place, variable, value in _SET.findall(flags)
        if variable.lower() in _VERSION_VARIABLES
        and (place in {"main", main} or place.startswith(f"{main}/"))
        and _SEMVER.fullmatch(value)
    }
    return f"v{found.pop()}" if main and len(found) == 1 else ""


def _modules(lines: list[str], linked: str) -> Iterator[tuple[str, str]]:
    """Name and version of the main module and its dependencies, as they were replaced."""
    known: tuple[str, str] | None = None
    for number, line in enumerate(lines, 2):
        kind, *values = line.split("\t")
        if kind not in {"mod", "dep", "=>"}:
            continue
        if len(values) < len(("path", "version")):
            raise ParseError(f"not a module: {line[:80]!r}", f"line {number}")
        if kind == "=>":
            if known is None:
                raise ParseError("a replacement of nothing", f"line {number}")
            known = _replaced(known, values)
            continue
        if known:
            yield known
        known = (values[0], _version(kind, values[1], linked))
    if known:
        yield known


def _version(kind: str, stated: str, linked: str) -> str:
    return linked if kind == "mod" and stated in {"", _UNVERSIONED} else stated


def _replaced(known: tuple[str, str], values: list[str]) -> tuple[str, str]:
    """A folder instead of a module (`./fork`) has no version; what is in it is still the module's."""
    path, version = values[0], values[1]
    if path.startswith((".", "/")) or not version:
        return known[0], _UNVERSIONED
    return path, version


def _package(name: str, version: str) -> FoundPackage:
    if not _MODULE.fullmatch(word(name, "module path")):
        raise ParseError(f"not a module path: {name[:80]!r}")
    return FoundPackage(
        kind=PackageKind.GOLANG,
        manager=PackageManager.GOBINARY,
        name=name,
        version=word(version or _UNVERSIONED, "version"),
    )


EXTRACTOR = Extractor(
    name="go_binary",
    version=2,
    title="Go programs (their build information)",
    patterns=(),
    limit=40 << 20,
    extract=_extract,
    part=GO,
)
