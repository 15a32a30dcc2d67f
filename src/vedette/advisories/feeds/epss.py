"""FIRST's EPSS scores of the day (https://www.first.org/epss/data_stats).

The file opens with `#model_version:…,score_date:…` (since 2022-02-04), then a heading and one line per CVE.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import IO

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import open_document
from vedette.advisories.formats.times import parse_date
from vedette.errors import ParseError
from vedette.model.advisory import Epss

_NAME = "epss/epss_scores-current.csv.gz"
_URL = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
_LINE_LIMIT = 4096
_HEADINGS = ("cve,epss,percentile", "cve,epss")
_SCORE_DATE = re.compile(r"score_date:(\d{4}-\d\d-\d\d)")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_DECIMAL = re.compile(r"[0-9]*\.?[0-9]+(?:[eE]-?[0-9]+)?")


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name=_NAME, url=_URL),)


def _read(document: LocalDocument) -> Iterator[Epss | RecordFailure]:
    with open_document(document.path) as stream:
        scored_on = _heading(stream)
        number = 2
        while line := _line(stream):
            number += 1
            if not line.strip():
                continue
            try:
                yield _score(line, scored_on)
            except ParseError as error:
                yield RecordFailure(
                    document=document.name, place=f"line {number}", reason=str(error)
                )


def _line(stream: IO[bytes]) -> str:
    raw = stream.readline(_LINE_LIMIT)
    if len(raw) == _LINE_LIMIT:
        raise ParseError(f"a line of {_LINE_LIMIT} bytes or more")
    return raw.decode("utf-8", "replace")


def _heading(stream: IO[bytes]) -> date:
    """The day of the scores; a file without one is of no use, since EPSS changes daily."""
    comment = _line(stream)
    match = _SCORE_DATE.search(comment)
    if not comment.startswith("#") or match is None:
        raise ParseError("no score_date in the first line", "line 1")
    if _line(stream).strip() not in _HEADINGS:
        raise ParseError("not the heading cve,epss[,percentile]", "line 2")
    return parse_date(match[1])


def _score(line: str, scored_on: date) -> Epss:
    cve, *numbers = line.strip().split(",")
    if not _CVE.fullmatch(cve):
        raise ParseError(f"not a CVE id: {cve[:40]!r}")
    if len(numbers) not in {1, 2}:
        raise ParseError(f"{len(numbers) + 1} fields")
    return Epss(
        cve=cve,
        probability=_fraction(numbers[0]),
        percentile=_fraction(numbers[1]) if len(numbers) == 2 else None,  # noqa: PLR2004 - as above
        scored_on=scored_on,
    )


def _fraction(text: str) -> float:
    if not _DECIMAL.fullmatch(text) or not 0.0 <= float(text) <= 1.0:
        raise ParseError(f"not a number from 0 to 1: {text[:40]!r}")
    return float(text)


FEED = Feed(
    name="epss",
    title="FIRST: Exploit Prediction Scoring System",
    licence="free with attribution (https://www.first.org/epss/)",
    locate=_locate,
    mirrored=(_NAME,),
    read=_read,
)
