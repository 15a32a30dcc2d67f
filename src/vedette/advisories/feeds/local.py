"""A user's own advisories: OSV JSON files anywhere below a directory (https://ossf.github.io/osv-schema/)."""

from collections.abc import Iterable, Iterator

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.archives import MEMBER_LIMIT
from vedette.advisories.formats.compressed import read_document
from vedette.advisories.formats.osv import read_record
from vedette.model.advisory import Advisory


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    """Nobody publishes them."""
    return ()


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    """One record; a file that is not one raises ParseError, since the user meant it to be."""
    outcome = read_record(read_document(document.path, MEMBER_LIMIT), "local")
    reasons = [*outcome.problems]
    reasons.extend(
        f"the ecosystem {name!r} cannot be judged" for name in sorted(set(outcome.skipped))
    )
    if outcome.advisory is not None:
        yield outcome.advisory
    elif not reasons:
        reasons.append("no affected package")
    for reason in reasons:
        yield RecordFailure(document=document.name, place="", reason=reason)


FEED = Feed(
    name="local",
    title="Your own advisories: OSV JSON files in a directory",
    licence="yours",
    locate=_locate,
    mirrored=("**/*.json",),
    read=_read,
)
