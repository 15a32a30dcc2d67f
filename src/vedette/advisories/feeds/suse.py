"""SUSE: what is fixed, affected, not affected or under investigation, per CVE and binary package of a release.

The publisher gives an archive of CSAF VEX documents; a mirror may hold such archives and archives of CSAF advisories side by
side. `docs/adr/0120-suse-by-its-own-statements.md` tells how products become releases.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from vedette.advisories.feeds._base import (
    Dates,
    Document,
    Feed,
    FetchSmall,
    Kept,
    LocalDocument,
    RecordFailure,
    kept,
    read_each,
)
from vedette.advisories.formats import changes
from vedette.advisories.formats.archives import members, single
from vedette.advisories.formats.suse_csaf import read_csaf
from vedette.model.advisory import Advisory

_URL = "https://ftp.suse.com/pub/projects/security"
_FILE = re.compile(r"(?:.*/)?(?:cve|(?:open)?suse)-[\w-]+\.json", re.IGNORECASE)
_CHANGED = re.compile(r"cve-[0-9]{4}-[0-9]{4,19}\.json")
_MEMBER_LIMIT = 128 << 20
"""A document of the kernel names every binary of every product."""


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name="suse/csaf-vex.tar.bz2", url=f"{_URL}/csaf-vex.tar.bz2"),)


def _catch_up(fetch: FetchSmall, dates: Dates) -> Iterator[Document | Kept]:
    (archive,) = _locate(fetch)
    index = Document(name="suse/changes.csv", url=f"{_URL}/csaf-vex/changes.csv")
    yield from changes.catch_up(
        archive, changes.csaf_changes(fetch, index, _CHANGED), _one, dates, kept
    )


def _one(entry: str) -> Document:
    return Document(name=f"suse/csaf-vex/{entry}", url=f"{_URL}/csaf-vex/{entry}")


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    left_out: Counter[str] = Counter()
    found = (
        single(document.path, document.name, _MEMBER_LIMIT)
        if document.name.endswith(".json")
        else members(document.path, lambda name: _FILE.fullmatch(name) is not None, _MEMBER_LIMIT)
    )

    def read(data: bytes, problems: list[str]) -> Advisory | None:
        """What stands with many products is said once."""
        said: list[str] = []
        try:
            return read_csaf(data, left_out, said)
        finally:
            problems.extend(dict.fromkeys(said))

    yield from read_each(document, found, read)
    for what, count in sorted(left_out.items()):
        reason = f"left out: {what}: {count}"
        yield RecordFailure(document=document.name, place="statements", reason=reason)


FEED = Feed(
    name="suse",
    title="SUSE Product Security: VEX per CVE, and updates",
    licence="CC-BY-4.0",
    locate=_locate,
    mirrored=(
        "suse/csaf-vex*.tar.bz2",
        "suse/csaf*.tar.bz2",
        "suse/archives/csaf*.tar.bz2",
    ),
    read=_read,
    catch_up=_catch_up,
)
