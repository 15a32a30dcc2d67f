"""VEX documents that are kept: what their statements clear is set aside in every pass from then on."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from vedette.app.ports import RecordStore
from vedette.app.suppression import VEX_KIND, statements_of
from vedette.model.record import Record
from vedette.model.vex import VexStatement


class KeptDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is kept: its id, who says what it says, how much that is, and since when."""

    id: str
    author: str
    statements: int
    kept_at: datetime


def keep_statements(
    store: RecordStore, statements: Sequence[VexStatement], *, now: datetime
) -> KeptDocument:
    """Keep a document's statements (at least one), new or instead of those of the document with the same id.

    The next pass applies them, since they are among what it judges by.

    Raises:
        StoreError: where the store fails.
    """
    record = store.put_record(
        Record(
            kind=VEX_KIND,
            account="",
            region="",
            id=statements[0].document,
            value=msgspec.json.encode(statements),
            version=0,
            updated_at=now,
        )
    )
    return _document(record, statements)


def kept_documents(store: RecordStore) -> Iterator[KeptDocument]:
    """What is kept, by id.

    Raises:
        StoreError: where the store fails, or holds something that cannot be read.
    """
    for record in store.records(VEX_KIND):
        yield _document(record, statements_of(record))


def drop_document(store: RecordStore, identifier: str) -> bool:
    """Keep a document no longer, and say whether it was kept; the next pass sets free what it alone set aside.

    Raises:
        StoreError: where the store fails.
    """
    return store.remove_record(VEX_KIND, "", "", identifier)


def _document(record: Record, statements: Sequence[VexStatement]) -> KeptDocument:
    authors = sorted({one.author for one in statements if one.author})
    return KeptDocument(
        id=record.id,
        author=", ".join(authors),
        statements=len(statements),
        kept_at=record.updated_at,
    )
