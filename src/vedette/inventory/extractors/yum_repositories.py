"""Amazon Linux's additional repositories and Red Hat's streams: which are enabled (yum.conf(5), dnf.conf(5)), and which packages came from.

"Extras" topics of Amazon Linux 2 are sections `amzn2extra-TOPIC` in `etc/yum.repos.d`; live patches of Amazon Linux 2023 are
`kernel-livepatch`. yum notes beside each package that it installs the repository that it was in (`from_repo`). A
section's debug information and sources hold no software. Of other publishers' repositories nothing is said.

Red Hat's streams of extended support are told by the words of a repository's id (`rhel-9-for-x86_64-baseos-eus-rpms`,
`rhel-7-server-els-rpms`, a cloud's `rhui-rhel-8-for-x86_64-baseos-rhui-eus-rpms`). Of which minor release a stream is, no id says: that
is the host's own, and `vedette.inventory.streams` adds it.
"""

import re
from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import Extraction
from vedette.inventory.streams import stream_of

_SECTION = re.compile(r"\[([^\[\]\s]{1,200})\]")
_TOPIC = re.compile(r"amzn2extra-([A-Za-z0-9._+-]+)")
_NOT_SOFTWARE = ("-debuginfo", "-source")
_CORE = frozenset({"amzn2-core", "amazonlinux"})
_LIVE_PATCHES = "kernel-livepatch"
_RED_HAT = re.compile(
    r"(?:rhui-|codeready-builder-for-)?rhel-(?:[a-z-]+-for-rhel-)?(?P<major>[0-9]{1,2})-"
)
_STREAMS = frozenset({"aus", "e4s", "els", "eus", "tus"})
_OTHERS = frozenset({"debug", "satellite", "source"})
"""Words of repositories without software, or with another product's."""
_FALSE = frozenset({"0", "no", "false", "off"})  # libdnf's OptionBool
_TRUE = frozenset({"1", "yes", "true", "on"})


def _extract(file: FileInput) -> Extraction:
    try:
        text = file.data.decode()
    except UnicodeDecodeError as error:
        raise ParseError("not UTF-8", f"offset {error.start}") from error
    if file.path.endswith("/from_repo"):
        return _extraction([(text.strip(), True)])
    return _extraction(list(_sections(text)))


def _extraction(repositories: list[tuple[str, bool]]) -> Extraction:
    """`repositories` stays None where none of Amazon's or Red Hat's is named: then this file says nothing."""
    known = [(name, on) for name, on in repositories if _is_amazon(name) or _RED_HAT.match(name)]
    if not known:
        return Extraction()
    ecosystems = {_ecosystem(name) for name, enabled in known if enabled}
    return Extraction(repositories=tuple(sorted(filter(None, ecosystems))))


def _is_amazon(name: str) -> bool:
    return name in _CORE or name == _LIVE_PATCHES or bool(_TOPIC.fullmatch(name))


def _ecosystem(name: str) -> str | None:
    """None for the core repositories, which are no additional ones, and for what holds no software."""
    if red_hat := _RED_HAT.match(name):
        return _stream(name, red_hat["major"])
    if name == _LIVE_PATCHES:
        return "Amazon Linux:2023:kernel-livepatch"
    topic = _TOPIC.fullmatch(name)
    return (
        f"Amazon Linux:2:extras/{topic[1]}" if topic and not name.endswith(_NOT_SOFTWARE) else None
    )


def _stream(name: str, major: str) -> str | None:
    words = name.split("-")
    if words[-1] != "rpms" or not _OTHERS.isdisjoint(words):
        return None
    return next((stream_of(major, word) for word in words if word in _STREAMS), None)


def _sections(text: str) -> Iterator[tuple[str, bool]]:
    """Every section and whether it is enabled, which it is where it does not say."""
    name = ""
    enabled = True
    for number, line in enumerate(text.splitlines(), 1):
        key, equals, value = (part.strip() for part in line.partition("="))
        if line.startswith("["):
            match = _SECTION.fullmatch(line.strip())
            if not match:
                raise ParseError(f"not a section: {line[:80]!r}", f"line {number}")
            if name:
                yield name, enabled
            name, enabled = match[1], True
        elif equals and key == "enabled":
            enabled = _boolean(value, number)
    if name:
        yield name, enabled


def _boolean(text: str, number: int) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ParseError(f"neither yes nor no: {text[:80]!r}", f"line {number}")


EXTRACTOR = Extractor(
    name="yum_repositories",
    version=2,
    title="Additional repositories of Amazon Linux, streams of Red Hat Enterprise Linux",
    patterns=("etc/yum.repos.d/*.repo", "var/lib/yum/yumdb/*/*/from_repo"),
    limit=1 << 20,
    extract=_extract,
)
