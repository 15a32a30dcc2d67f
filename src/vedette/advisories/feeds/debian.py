"""Debian's security tracker: the state of every flaw per source package and release, and the lists of DSA, DLA and DTSA.

The tracker's JSON is described at https://security-team.debian.org/security_tracker.html; the lists are in
https://salsa.debian.org/security-tracker-team/security-tracker (`data/DSA/list`, grammar in `doc/security-team.d.o`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import open_document, read_document
from vedette.advisories.formats.debian_lists import entries
from vedette.advisories.formats.debian_tracker import statements
from vedette.model.advisory import Advisory

_TRACKER = "https://security-tracker.debian.org/tracker/data/json"
_SALSA = "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data"
_LISTS = ("DSA", "DLA", "DTSA")


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    yield Document(name="debian/tracker/data/json", url=_TRACKER)
    for kind in _LISTS:
        yield Document(name=f"debian/data/{kind}/list", url=f"{_SALSA}/{kind}/list")


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    unknown: Counter[str] = Counter()
    for result in _results(document, unknown):
        if isinstance(result, Advisory):
            yield result
        else:
            yield RecordFailure(document=document.name, place=result[0], reason=result[1])
    if unknown:
        names = ", ".join(f"{name} ({count})" for name, count in sorted(unknown.items()))
        yield RecordFailure(
            document=document.name,
            place="releases",
            reason=f"entries of releases that have no number yet were left out: {names}",
        )


def _results(
    document: LocalDocument, unknown: Counter[str]
) -> Iterator[Advisory | tuple[str, str]]:
    if document.name.split("/")[1] == "tracker":
        yield from statements(read_document(document.path), unknown)
        return
    with open_document(document.path) as stream:
        yield from entries(stream, unknown)


FEED = Feed(
    name="debian",
    title="Debian: security tracker, DSA, DLA and DTSA",
    licence="not stated",
    locate=_locate,
    mirrored=(
        "debian/tracker/data/json*",
        *(f"debian/data/{kind}/list*" for kind in _LISTS),
    ),
    read=_read,
)
