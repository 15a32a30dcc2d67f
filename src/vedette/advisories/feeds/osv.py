"""OSV: language ecosystems and distributions in one format (https://osv.dev, https://google.github.io/osv.dev/data/).

The publisher gives one archive per ecosystem, a list of what changed when, and every record by itself. A mirror may hold `all.zip`, `all.tar.xz` and `malicious.tar.xz`
side by side; the newer `modified` of two records with the same id wins, which the database builder sees to.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import quote

from vedette.advisories.feeds._base import (
    Dates,
    Document,
    Feed,
    FetchSmall,
    Kept,
    LocalDocument,
    RecordFailure,
    kept,
)
from vedette.advisories.formats import changes
from vedette.advisories.formats.archives import MemberFailure, members, single
from vedette.advisories.formats.osv import Outcome, read_record
from vedette.advisories.formats.osv_ecosystems import DIRECTORIES
from vedette.errors import ParseError
from vedette.model.advisory import Advisory

_BUCKET = "https://osv-vulnerabilities.storage.googleapis.com"
_ID = re.compile(r"[A-Za-z0-9][\w.:+-]{0,199}")


def _locate(fetch: FetchSmall) -> Iterable[Document]:
    """The archives of the ecosystems that the publisher lists and whose versions we can order."""
    index = Document(name="osv/ecosystems.txt", url=f"{_BUCKET}/ecosystems.txt")
    listed = set(fetch(index).decode("utf-8", "replace").splitlines())
    for directory in DIRECTORIES:
        if directory in listed:
            yield Document(
                name=f"osv/{directory}/all.zip", url=f"{_BUCKET}/{quote(directory)}/all.zip"
            )


def _catch_up(fetch: FetchSmall, dates: Dates) -> Iterator[Document | Kept]:
    """Of each ecosystem the records that its list says have changed; its archive where there is no such list."""
    for archive in _locate(fetch):
        folder = archive.name.removesuffix("all.zip")
        url = archive.url.removesuffix("all.zip")
        index = Document(name=f"{folder}modified_id.csv", url=f"{url}modified_id.csv")
        changed = changes.osv_changes(fetch, index, _ID) if archive.name in dates else {}
        yield from changes.catch_up(archive, changed, partial(_record, folder, url), dates, kept)


def _record(folder: str, url: str, entry: str) -> Document:
    return Document(name=f"{folder}changed/{entry}.json", url=f"{url}{quote(entry)}.json")


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    skipped: Counter[str] = Counter()
    found = (
        single(document.path, document.name.rpartition("/")[2])
        if document.name.endswith(".json")
        else members(document.path, lambda name: name.endswith(".json"))
    )
    for member in found:
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
    catch_up=_catch_up,
)
