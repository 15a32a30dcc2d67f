"""Parts of a tar archive's members: of most as they go by, of a few in another pass.

In a stream what has gone by cannot be read again. A member of which an earlier part is asked for after a later one, and
a sparse one, is read as a whole in a second pass over the archive.
"""

from collections.abc import Iterable, Iterator

from vedette.errors import LimitError, ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Meter
from vedette.sources.peeking import peeked
from vedette.sources.tar_content import UnusableError, content
from vedette.sources.tar_members import Member
from vedette.sources.tree import File, Peek
from vedette.sources.window import Window


class PastError(Exception):
    """A part that has gone by."""


def parts(window: Window, member: Member, path: str, peek: Peek) -> Iterator[File]:
    """What the peek keeps of the member at which the window is.

    Raises:
        PastError: the member is to be read in another pass.
        LimitError: the peek asks for too much.
        ParseError: the archive's bytes cannot be had.
    """
    if member.sparse:
        raise PastError

    def read_at(offset: int, size: int) -> bytes:
        at = member.offset + offset
        if window.is_stream and at < window.start:
            raise PastError
        return window.read(at, size)

    yield from peeked(path, member.stored, peek, read_at)


def walk_again(
    window: Window, again: Iterable[tuple[str, Member]], peek: Peek, meter: Meter
) -> Iterator[File | FileFailure]:
    """What the peek keeps of these members, which are in the archive's order."""
    for path, member in again:
        try:
            yield from _whole(window, member, path, peek, meter)
        except UnusableError as error:
            yield from meter.failure(path, str(error))
        except LimitError as error:
            yield from meter.failure(path, error.reason)
        except ParseError as error:
            yield from meter.failure(path, f"not read again: {error}")
            return


def _whole(window: Window, member: Member, path: str, peek: Peek, meter: Meter) -> Iterator[File]:
    data = content(window, member, meter.limits.file, meter)
    yield from peeked(path, len(data), peek, lambda at, size: data[at : at + size])
