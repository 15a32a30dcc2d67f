"""Parts of a tar archive's members: of most as they go by, of a few in another pass.

In a stream what has gone by cannot be read again, but for a little that is kept. A member of which a part is asked for after
that, and a sparse one, is read as a whole in a second pass over the archive.
"""

from collections.abc import Iterable, Iterator

from vedette.errors import ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Meter
from vedette.sources.peeking import START, PartError, PastError, part, peeked
from vedette.sources.tar_content import UnusableError, content
from vedette.sources.tar_members import Member
from vedette.sources.tree import File, Peek
from vedette.sources.window import StreamWindow, Window


def parts(window: Window, member: Member, path: str, peek: Peek) -> Iterator[File]:
    """What the peek keeps of the member at which the window is.

    Raises:
        PastError: the member is to be read in another pass.
        PartError: the peek asks for too much, or the archive ends early.
        ParseError: the archive's bytes cannot be had.
    """
    if member.sparse:
        raise PastError

    if not isinstance(window, StreamWindow):
        yield from peeked(
            path,
            member.stored,
            peek,
            lambda offset, size: window.read(member.offset + offset, size),
        )
        return
    if window.read(member.offset, START) in peek.starts:
        with window.remembering():
            yield from peeked(
                path,
                member.stored,
                peek,
                lambda offset, size: part(window, member.offset + offset, size),
            )


def walk_again(
    window: Window, again: Iterable[tuple[str, Member]], peek: Peek, meter: Meter
) -> Iterator[File | FileFailure]:
    """What the peek keeps of these members, which are in the archive's order."""
    for path, member in again:
        try:
            yield from _whole(window, member, path, peek, meter)
        except UnusableError as error:
            yield from meter.failure(path, str(error))
        except PartError as error:
            yield from meter.failure(path, error.reason)
        except ParseError as error:
            yield from meter.failure(path, f"not read again: {error}")
            return


def _whole(window: Window, member: Member, path: str, peek: Peek, meter: Meter) -> Iterator[File]:
    data = content(window, member, meter.limits.file, meter)
    yield from peeked(path, len(data), peek, lambda at, size: data[at : at + size])
