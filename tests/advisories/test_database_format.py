"""Stored values are packed and unpacked by several threads at once."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from vedette.advisories.database_format import Text, pack, pack_plain, unpack

_THREADS = 8
_TURNS = 400


def _text(number: int) -> Text:
    """Some kilobytes that compress, none alike."""
    words = " ".join(f"flaw {number * turn} of part {turn}" for turn in range(1, 500))
    return Text(f"{number}", words, None, (), (), ())


def _turns(number: int) -> set[tuple[bytes, bytes, bytes]]:
    value = _text(number)
    found = set()
    for _ in range(_TURNS):
        stored, digest = pack(value)
        found.add((stored, digest, unpack(stored)))
    return found


def test_threads_do_not_share_what_packs() -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(_turns, range(_THREADS)))
    for number, rounds in enumerate(found):
        plain = pack_plain(_text(number))
        stored, _ = pack(_text(number))
        assert rounds == {(stored, sha256(plain).digest(), plain)}
        assert len(stored) < len(plain)


@pytest.mark.parametrize("length", [0, 199, 200, 5000])
def test_what_is_packed_is_unpacked(length: int) -> None:
    value = Text("a" * length, "", None, (), (), ())
    stored, digest = pack(value)
    assert unpack(stored) == pack_plain(value)
    assert digest == sha256(pack_plain(value)).digest()
