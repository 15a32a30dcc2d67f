"""Publishers' lists of what changed when, and what of them is still to be fetched.

OSV: `modified_id.csv` (https://google.github.io/osv.dev/data/#downloading-recent-changes), a line `MOMENT,ID`. CSAF: `changes.csv`
(CSAF 2.0, section 7.1.13), a line `"FILE","MOMENT"`.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from vedette.advisories.formats.times import parse_time
from vedette.errors import FeedError, ParseError

MOST_CHANGES = 2000
"""With more of them the whole archive is fetched."""
_OVERLAP = timedelta(days=1)
"""An archive is packed for hours before it is published."""
_OLDEST = timedelta(days=30)
"""An archive this much older than the last change is fetched again: lists do not tell of what was removed."""
_LINES = 2_000_000

Changes = Mapping[str, datetime]


class Named(Protocol):
    """A document."""

    @property
    def name(self) -> str:
        """Under which it stands."""
        ...


_Document = TypeVar("_Document", bound=Named)
_Kept = TypeVar("_Kept")


def csaf_changes(
    fetch: Callable[[_Document], bytes], index: _Document, wanted: re.Pattern[str]
) -> Changes:
    """The wanted files of a `changes.csv`; nothing where there is no such list today."""
    return _listed(fetch, index, wanted, 1, 0)


def osv_changes(
    fetch: Callable[[_Document], bytes], index: _Document, wanted: re.Pattern[str]
) -> Changes:
    """The wanted ids of a `modified_id.csv`; nothing where there is no such list today."""
    return _listed(fetch, index, wanted, 0, 1)


def _listed(
    fetch: Callable[[_Document], bytes],
    index: _Document,
    wanted: re.Pattern[str],
    moment: int,
    entry: int,
) -> Changes:
    try:
        found = read_changes(fetch(index), moment=moment, entry=entry)
    except (FeedError, ParseError):
        return {}
    return {name: changed for name, changed in found.items() if wanted.fullmatch(name)}


def read_changes(data: bytes, *, moment: int, entry: int) -> Changes:
    """When each entry changed last; lines that are none are passed over, since the archive has what they would tell.

    Args:
        data: the list.
        moment: which column holds it.
        entry: which column holds the id or file.

    Raises:
        ParseError: not a line of it can be read.
    """
    found: dict[str, datetime] = {}
    for number, row in enumerate(csv.reader(data.decode("utf-8", "replace").splitlines())):
        if number >= _LINES:
            raise ParseError(f"more than {_LINES} lines")
        try:
            changed = parse_time(row[moment].strip())
            name = row[entry].strip()
        except (IndexError, ParseError):
            continue
        found[name] = max(changed, found.get(name, changed))
    if not found:
        raise ParseError("not a list of changes")
    return found


def catch_up(
    archive: _Document,
    changes: Changes,
    document: Callable[[str], _Document],
    dates: Mapping[str, datetime],
    keep: Callable[[str], _Kept],
) -> Iterator[_Document | _Kept]:
    """The archive itself, or what changed since the one that stands is of.

    Args:
        archive: holds everything.
        changes: what the publisher says; nothing where he says nothing.
        document: the document of one entry.
        dates: of the documents that stand.
        keep: says of a name that what stands under it stays.
    """
    since = dates.get(archive.name)
    if since is None or not changes or max(changes.values()) - since > _OLDEST:
        yield archive
        return
    changed = [entry for entry, moment in changes.items() if moment > since - _OVERLAP]
    if len(changed) > MOST_CHANGES:
        yield archive
        return
    yield keep(archive.name)
    for entry in sorted(changed):
        one = document(entry)
        standing = dates.get(one.name)
        known = standing is not None and standing >= changes[entry]
        yield keep(one.name) if known else one
