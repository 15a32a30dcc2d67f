"""OSV: language ecosystems and distributions in one format (https://osv.dev, https://google.github.io/osv.dev/data/).

The publisher gives one archive per ecosystem. A mirror may hold `all.zip`, `all.tar.xz` and `malicious.tar.xz`
side by side; the newer `modified` of two records with the same id wins, which the database builder sees to.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.archives import MemberFailure, members
from vedette.advisories.formats.osv import Outcome, read_record
from vedette.advisories.formats.osv_ecosystems import DIRECTORIES
from vedette.errors import ParseError
from vedette.model.advisory import Advisory

_BUCKET = "https://osv-vulnerabilities.storage.googleapis.com"


def _locate(fetch: FetchSmall) -> Iterable[Document]:
    """The archives of the ecosystems that the publisher lists and whose versions we can order."""
    index = Document(name="osv/ecosystems.txt", url=f"{_BUCKET}/ecosystems.txt")
    listed = set(fetch(index).decode("utf-8", "replace").splitlines())
    for directory in DIRECTORIES:
        if directory in listed:
            yield Document(
                name=f"osv/{directory}/all.zip", url=f"{_BUCKET}/{quote(directory)}/all.zip"
            )


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    skipped: Counter[str] = Counter()
    for member in members(document.path, lambda name: name.endswith(".json")):
        if isinstance(member, MemberFailure):
            yield _failure(document, member.name, member.reason)
            continue
        try:
            outcome = read_record(member.data, "osv")
        except ParseError as error:
            yield _failure(document, member.name, str(error))
            continue
        skipped.update(outcome.skipped)
        yield from _results(document, member.name, outcome)
    if skipped:
        yield _failure(document, "ecosystems", _summary(skipped))


def _results(
    document: LocalDocument, name: str, outcome: Outcome
) -> Iterator[Advisory | RecordFailure]:
    for problem in outcome.problems:
        yield _failure(document, name, problem)
    if outcome.advisory is not None:
        yield outcome.advisory


def _summary(skipped: Counter[str]) -> str:
    shown = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    names = ", ".join(f"{name} ({count})" for name, count in shown[:10])
    more = f" and {len(shown) - 10} more" if len(shown) > 10 else ""  # noqa: PLR2004 - as above
    return f"{skipped.total()} affected entries left out, their ecosystems cannot be judged: {names}{more}"


def _failure(document: LocalDocument, place: str, reason: str) -> RecordFailure:
    return RecordFailure(document=document.name, place=place, reason=reason)


FEED = Feed(
    name="osv",
    title="OSV.dev: language ecosystems and distributions in the OSV format",
    licence="CC-BY-4.0 and others, by database",
    locate=_locate,
    mirrored=("osv/*/all.zip", "osv/*/all.tar.xz", "osv/*/malicious.tar.xz"),
    read=_read,
)
