"""The records of a central directory that matter, told from the others in bulk: most of a package's files are dull.

Only of directories whose marks are where their records' lengths say; of any other nothing is said here.
"""

import struct
from itertools import accumulate

from vedette.sources.dull import Dull

_MARK = b"PK\1\2"
_FIXED = 42  # bytes of a record without its mark, name, extra field and comment
_LENGTHS = slice(24, 30)  # of these three
_LENGTH = 6
_MODE_AT = 37  # of the highest byte of the attributes
_LINK = 0xA0
_LARGEST = 16 << 20  # everything is held several times over


def lively(data: bytes, dull: Dull) -> tuple[int, list[int]] | None:
    """How many records there are, and the offsets of those whose names are not dull, in order.

    None where the directory is too large, or is not one record after another.
    """
    if len(data) > _LARGEST or not dull.extensions:
        return None
    before, *records = data.split(_MARK)
    heads = b"".join([record[_LENGTHS] for record in records])
    if before or len(heads) != _LENGTH * len(records):
        return None
    lengths = struct.unpack(f"<{len(heads) // 2}H", heads)
    names, extras, comments = lengths[::3], lengths[1::3], lengths[2::3]
    sizes = list(map(len, records))
    if sizes != [_FIXED + a + b + c for a, b, c in zip(names, extras, comments, strict=True)]:
        return None  # a mark within a record, or a damaged one
    kept = _kept([r[_FIXED : _FIXED + n] for r, n in zip(records, names, strict=True)], dull)
    starts = list(accumulate((size + len(_MARK) for size in sizes), initial=0))
    links = (at for at, record in enumerate(records) if record[_MODE_AT] & 0xF0 == _LINK)
    return len(records), [starts[at] for at in sorted({*kept, *links})]


def _kept(names: list[bytes], dull: Dull) -> list[int]:
    """Positions of names that are not dull (`Dull.is_dull`), or have what no name should."""
    # of most dull extensions no name is wanted: then it need not be looked for
    doubtful = {name[name.rfind(b".") :] for name in dull.names}
    certain, extensions, plain = dull.extensions - doubtful, dull.extensions, dull.names
    if _is_odd(b"\n" + b"\n".join(names), dull):
        return [
            at
            for at, name in enumerate(names)
            if b"\\" in name or b"\0" in name or not dull.is_dull(name)
        ]
    return [
        at
        for at, name in enumerate(names)
        if b"/." in name
        or (
            (extension := name[name.rfind(b".") :]) not in certain
            and (extension not in extensions or name[name.rfind(b"/") + 1 :] in plain)
        )
    ]


def _is_odd(lines: bytes, dull: Dull) -> bool:
    """Whether there may be a name that says more than a plain path does, but for hidden files, which are often there."""
    signs = (b"\\", b"\0", b"//", *(b"\n" + sign for sign in dull.odd))
    return any(sign in lines for sign in signs)
