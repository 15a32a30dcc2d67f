"""Red Hat's names: products as CPEs, builds of packages as NEVR; and several fixes of one flaw as ranges."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from vedette.errors import VersionError
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_RPM = SCHEMES[SchemeName.RPM]
_BASE = re.compile(r"cpe:/[ao]:redhat:enterprise_linux:([0-9]+)(?:\.[0-9]+)?(?:::([a-z_]*))?")
_STREAM = re.compile(
    r"cpe:/[ao]:redhat:rhel_(aus|e4s|els|eus|tus):([0-9]+(?:\.[0-9]+)?)(?:::([a-z_]*))?"
)
_REPOSITORIES = frozenset(
    {
        *("", "appstream", "baseos", "client", "computenode", "crb", "desktop", "highavailability"),
        *("hpc", "nfv", "optional", "realtime", "resilientstorage", "rt", "sap", "sap_hana"),
        *("server", "supplementary", "workstation"),
    }
)
"""Repositories of a plain subscription or its add-ons, whose builds are those of the release itself."""
_BUILD = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.+-]*)-(?:(?P<epoch>[0-9]+):)?(?P<version>[^-:/\s]+)-(?P<release>[^-:/\s]+)"
)
_RELEASE = re.compile(r"(?P<number>[0-9]+)(?P<rest>.*)")
_EPOCH = re.compile(r"^[0-9]+:")
_MINOR = re.compile(r".*?\.el[0-9]+_[0-9]+")


class Build(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A package's build; `evr` is without the epoch 0."""

    name: str
    evr: str


class _Stream(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What the builds of one minor release have in common: `1.2`, `23`, `.el9_2`."""

    version: str
    number: int
    minor: str


def ecosystem_of(cpe: str) -> str | None:
    """`cpe:/o:redhat:enterprise_linux:9::baseos` → `Red Hat:9`; of a stream of extended support, `Red Hat:9.2:eus`.

    None for layered products, hypervisors, Fast Datapath.
    """
    if stream := _STREAM.fullmatch(cpe):
        known = (stream[3] or "") in _REPOSITORIES
        return f"Red Hat:{stream[2]}:{stream[1]}" if known else None
    match = _BASE.fullmatch(cpe)
    if match is None or (match[2] or "") not in _REPOSITORIES:
        return None
    return f"Red Hat:{match[1]}"


def build_of(text: str) -> Build | None:
    """`curl-0:7.76.1-26.el9_3.2` → the build; None where it is none (a module, a container, a name alone)."""
    match = _BUILD.fullmatch(text)
    if match is None:
        return None
    epoch = match["epoch"] or "0"
    prefix = "" if epoch == "0" else f"{epoch}:"
    return Build(name=match["name"], evr=f"{prefix}{match['version']}-{match['release']}")


def ranges_of(fixes: Iterable[str]) -> tuple[Range, ...]:
    """The versions that lack a fix which several updates brought, each to its own minor release.

    A flaw mended in `23.el9_2.4` and in `26.el9_3.2` is in what is older than the first, and in the builds of the later
    minor release that are older than the second; `23.el9_2.5` has the fix. Of two fixes to one minor release the
    later one counts: the first was not enough.

    The name of a source rpm, which is all that a package tells of its source, has no epoch. So versions without one are
    compared without: next to `1:0 <= v < 4:5.26.3-419` stands `v < 5.26.3-419`.
    """
    latest: dict[_Stream, str] = {}
    for fixed in sorted(set(fixes), key=_key):
        latest[_stream(fixed)] = fixed
    runs = tuple(_runs(sorted(latest.items(), key=lambda item: _key(item[1]))))
    without = tuple(_without_epoch(run) for run in runs)
    if runs == without:
        return runs
    return tuple(dict.fromkeys((*without, *map(_with_epoch, runs))))


def _without_epoch(run: Range) -> Range:
    return Range(introduced=_EPOCH.sub("", run.introduced), fixed=_EPOCH.sub("", run.fixed or ""))


def _with_epoch(run: Range) -> Range:
    return Range(introduced="1:0" if run.introduced == "0" else run.introduced, fixed=run.fixed)


def _runs(fixes: list[tuple[_Stream, str]]) -> Iterator[Range]:
    before: _Stream | None = None
    for stream, fixed in fixes:
        start = "0" if before is None else _start(before, stream)
        if start == "0" or _key(start) < _key(fixed):
            yield Range(introduced=start, fixed=fixed)
        before = stream


def _start(before: _Stream, stream: _Stream) -> str:
    """The first version that does not belong to the stream before."""
    if (before.version, before.number) == (stream.version, stream.number):
        return f"{stream.version}-{stream.number}{stream.minor}"
    return f"{before.version}-{before.number + 1}"


def _stream(evr: str) -> _Stream:
    version, _, release = evr.rpartition("-")
    match = _RELEASE.match(release)
    if match is None or len(match["number"]) > 9:  # noqa: PLR2004 - a date or a hash, which has no successor
        return _Stream(version=version, number=0, minor=release)
    minor = _MINOR.match(match["rest"])
    return _Stream(version=version, number=int(match["number"]), minor=minor[0] if minor else "")


def _key(evr: str) -> bytes:
    try:
        return _RPM.key(evr)
    except VersionError:
        return b""
