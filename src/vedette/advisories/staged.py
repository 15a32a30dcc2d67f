"""What stands of a feed's staged records: the newest statement on each flaw.

A flaw may come several times (a feed in two archives, a document per release). The newest statement wins; statements
of one moment, or without one, are parts of one and are joined. A flaw whose newest statement withdraws it is dropped.
"""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Self

import msgspec

from vedette.advisories.database_format import (
    Brief,
    Row,
    Text,
    brief_from,
    pack,
    pack_plain,
    text_from,
)
from vedette.advisories.feeds._base import RecordFailure

FAILURES_KEPT = 1000
"""Of each feed; all are counted."""


class StagedAdvisory(msgspec.Struct, frozen=True):
    """A flaw as it goes into the database: digest of the text, packed brief and text; `rows` are its packages in order."""

    id: str
    digest: bytes
    brief: bytes
    text: bytes
    aliases: tuple[str, ...]
    related: tuple[str, ...]
    rows: tuple[Row, ...]


class StagedFeed:
    """A finished stage; a context manager.

    Args:
        path: what `stage.Stage` wrote.
    """

    def __init__(self, path: Path) -> None:
        self.dropped = 0
        self._connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def failures(self) -> Iterator[RecordFailure]:
        """The first failures, in order."""
        for document, place, reason in self._connection.execute(
            "SELECT DISTINCT document, place, reason FROM failure ORDER BY 1, 2, 3 LIMIT ?",
            (FAILURES_KEPT,),
        ):
            yield RecordFailure(document=document, place=place, reason=reason)

    def advisories(self) -> Iterator[StagedAdvisory]:
        """The flaws that stand, by id; `dropped` grows by those that do not."""
        rows = self._connection.execute(
            "SELECT id, modified, withdrawn, rowid FROM advisory"
            " ORDER BY id, modified DESC, withdrawn DESC"
        )
        for _, group in groupby(rows, key=itemgetter(0)):
            statements = list(group)
            _, newest, withdrawn, _ = statements[0]
            if withdrawn:
                self.dropped += 1
                continue
            yield _joined([self._advisory(row[3]) for row in statements if row[1] == newest])

    def cves(self) -> Iterator[tuple[str, bytes, bytes]]:
        """CVE, digest and packed record, by CVE; `dropped` grows by rejected ones."""
        rows = self._connection.execute(
            "SELECT id, withdrawn, digest, body FROM cve"
            " ORDER BY id, modified DESC, withdrawn DESC, digest"
        )
        for _, group in groupby(rows, key=itemgetter(0)):
            cve, rejected, digest, body = next(group)
            if rejected:
                self.dropped += 1
            else:
                yield cve, digest, body

    def scores(self) -> Iterator[tuple[str, float, float | None, str]]:
        """CVE, probability, percentile and day, by CVE: the latest day's."""
        rows = self._connection.execute(
            "SELECT cve, probability, percentile, scored_on FROM epss"
            " ORDER BY cve, scored_on DESC, probability DESC, percentile DESC"
        )
        for _, group in groupby(rows, key=itemgetter(0)):
            yield next(group)

    def exploited(self) -> Iterator[tuple[str, bytes]]:
        """CVE and packed entry, by CVE."""
        rows = self._connection.execute("SELECT cve, body FROM kev ORDER BY cve, body DESC")
        for _, group in groupby(rows, key=itemgetter(0)):
            yield next(group)

    def exploits(self) -> Iterator[tuple[str, bytes]]:
        """CVE and packed evidence, by CVE."""
        yield from self._connection.execute(
            "SELECT DISTINCT cve, body FROM exploit ORDER BY cve, body"
        )

    def ends_of_life(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Product, cycle, source and packed record."""
        yield from self._connection.execute(
            "SELECT product, cycle, source, body FROM end_of_life ORDER BY 1, 2, 3, 4"
        )

    def _advisory(self, number: int) -> StagedAdvisory:
        id_, digest, brief, text, rows = self._connection.execute(
            "SELECT id, digest, brief, text, affected FROM advisory WHERE rowid = ?", (number,)
        ).fetchone()
        known = brief_from(brief)
        return StagedAdvisory(
            id_, digest, brief, text, known.aliases, known.related, _rows.decode(rows)
        )


def _joined(parts: list[StagedAdvisory]) -> StagedAdvisory:
    """Parts of one statement: all packages, ids and references; the texts of one part, the same in any order."""
    if len({(part.digest, part.brief, part.rows) for part in parts}) == 1:
        return parts[0]
    ordered = sorted(parts, key=lambda part: (part.digest, part.brief))
    rows = {row for part in parts for row in part.rows}
    brief = _joined_brief([brief_from(part.brief) for part in ordered])
    packed, digest = pack(_joined_text([text_from(part.text) for part in ordered]))
    return StagedAdvisory(
        parts[0].id,
        digest,
        pack_plain(brief),
        packed,
        brief.aliases,
        brief.related,
        tuple(sorted(rows, key=lambda row: (row[0], row[1], row[4]))),
    )


def _joined_brief(briefs: list[Brief]) -> Brief:
    return msgspec.structs.replace(
        briefs[-1],
        aliases=tuple(sorted({text for brief in briefs for text in brief.aliases})),
        related=tuple(sorted({text for brief in briefs for text in brief.related})),
    )


def _joined_text(texts: list[Text]) -> Text:
    return msgspec.structs.replace(
        texts[-1],
        ratings=tuple(sorted({rating for text in texts for rating in text.ratings})),
        cwes=tuple(sorted({cwe for text in texts for cwe in text.cwes})),
        references=tuple(sorted({one for text in texts for one in text.references})),
    )


_rows = msgspec.msgpack.Decoder(tuple[Row, ...])
