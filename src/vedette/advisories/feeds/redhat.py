"""Red Hat: what is fixed and what is not, per CVE and source package of a plain RHEL release.

The publisher gives an archive of CSAF VEX documents; a mirror may hold such archives and archives of the security data
API's documents side by side. `docs/adr/0045-red-hat-per-cve.md` tells which counts.
"""

import re
from collections import Counter
from collections.abc import Iterator

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
from vedette.advisories.formats.redhat_cve import read_cve
from vedette.advisories.formats.redhat_vex import read_vex
from vedette.errors import FeedError
from vedette.model.advisory import Advisory

_VEX = "https://security.access.redhat.com/data/csaf/v2/vex"
_LATEST = Document(name="redhat/archive_latest.txt", url=f"{_VEX}/archive_latest.txt")
_ARCHIVE = re.compile(r"csaf_vex_[0-9]{4}-[0-9]{2}-[0-9]{2}\.tar\.zst")
_CHANGED = re.compile(r"[0-9]{4}/cve-[0-9]{4}-[0-9]{4,19}\.json")
_FILE = re.compile(r"(?:.*/)?cve-[0-9]{4}-[0-9]+\.json", re.IGNORECASE)


def _locate(fetch: FetchSmall) -> Iterator[Document]:
    name = fetch(_LATEST)[:200].decode("utf-8", "replace").strip()
    if not _ARCHIVE.fullmatch(name):
        raise FeedError(f"{_LATEST.url}: not the name of an archive: {name[:80]!r}")
    yield Document(name="redhat/csaf_vex.tar.zst", url=f"{_VEX}/{name}")


def _catch_up(fetch: FetchSmall, dates: Dates) -> Iterator[Document | Kept]:
    (archive,) = _locate(fetch)
    index = Document(name="redhat/changes.csv", url=f"{_VEX}/changes.csv")
    yield from changes.catch_up(
        archive, changes.csaf_changes(fetch, index, _CHANGED), _one, dates, kept
    )


def _one(entry: str) -> Document:
    return Document(name=f"redhat/csaf_vex/{entry}", url=f"{_VEX}/{entry}")


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    left_out: Counter[str] = Counter()
    is_vex = "csaf_vex" in document.name
    found = (
        single(document.path, document.name)
        if document.name.endswith(".json")
        else members(document.path, lambda name: _FILE.fullmatch(name) is not None)
    )
    read = read_vex if is_vex else read_cve
    yield from read_each(document, found, lambda data, problems: read(data, left_out, problems))
    for what, count in sorted(left_out.items()):
        if count:
            yield RecordFailure(
                document=document.name, place="statements", reason=f"left out: {what}: {count}"
            )


FEED = Feed(
    name="redhat",
    title="Red Hat Product Security: VEX and security data per CVE",
    licence="CC-BY-4.0",
    locate=_locate,
    mirrored=(
        "redhat/csaf_vex*.tar.zst",
        "redhat/csaf_vex*.tar.gz",
        "redhat/archives/csaf_vex*.tar.zst",
        "redhat/securitydata/cve.tar.xz",
        "redhat/securitydata/cve.tar.gz",
    ),
    read=_read,
    catch_up=_catch_up,
)
