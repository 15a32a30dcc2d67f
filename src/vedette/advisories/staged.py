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

from vedette.advisories.database_format import Head, Row, head_from, pack
from vedette.advisories.feeds._base import RecordFailure

FAILURES_KEPT = 1000
"""Of each feed; all are counted."""


class StagedAdvisory(msgspec.Struct, frozen=True):
    """A flaw as it goes into the database; `rows` are its packages in order."""

    id: str
    digest: bytes
    head: bytes
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
        row = self._connection.execute(
            "SELECT id, digest, head, ids, affected FROM advisory WHERE rowid = ?", (number,)
        ).fetchone()
        aliases, related = _ids.decode(row[3])
        return StagedAdvisory(row[0], row[1], row[2], aliases, related, _rows.decode(row[4]))


def _joined(parts: list[StagedAdvisory]) -> StagedAdvisory:
    """Parts of one statement: all packages, ids and references; the texts of one part, the same in any order."""
    if len({(part.digest, part.rows) for part in parts}) == 1:
        return parts[0]
    rows = {row for part in parts for row in part.rows}
    head = _joined_head(
        [head_from(part.head) for part in sorted(parts, key=lambda part: part.digest)]
    )
    packed, digest = pack(head)
    return StagedAdvisory(
        parts[0].id,
        digest,
        packed,
        head.aliases,
        head.related,
        tuple(sorted(rows, key=lambda row: (row[0], row[1], row[4]))),
    )


def _joined_head(heads: list[Head]) -> Head:
    return msgspec.structs.replace(
        heads[-1],
        aliases=tuple(sorted({text for head in heads for text in head.aliases})),
        related=tuple(sorted({text for head in heads for text in head.related})),
        ratings=tuple(sorted({rating for head in heads for rating in head.ratings})),
        cwes=tuple(sorted({text for head in heads for text in head.cwes})),
        references=tuple(sorted({text for head in heads for text in head.references})),
    )


_ids = msgspec.msgpack.Decoder(tuple[tuple[str, ...], tuple[str, ...]])
_rows = msgspec.msgpack.Decoder(tuple[Row, ...])
