"""Both views of an archive show its bytes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from vedette.sources.window import BLOCK, FileWindow, StreamWindow, Window

DATA = bytes(os.urandom(5000))

steps = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 1500)), max_size=12)


@contextmanager
def file_window(path: Path, data: bytes) -> Iterator[FileWindow]:
    path.write_bytes(b"before" + data + b"after")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield FileWindow(descriptor, 6, len(data))
    finally:
        os.close(descriptor)


def check(window: Window, moves: list[tuple[int, int]]) -> None:
    """Go forward by seeking and reading."""
    offset = 0
    for skip, size in moves:
        offset += skip
        window.seek(offset)
        at = offset - window.start
        seen = window.data[at : at + BLOCK] if at >= 0 else b""
        assert seen == DATA[offset : offset + BLOCK]
        assert window.read(offset, size) == DATA[offset : offset + size]
        offset += size


@given(steps, st.lists(st.integers(1, 2000), max_size=20))
def test_a_stream_in_any_pieces(moves: list[tuple[int, int]], sizes: list[int]) -> None:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(DATA[at : at + size])
        at += size
    window = StreamWindow(iter([*filter(None, pieces), *filter(None, [DATA[at:]])]))
    check(window, moves)
    window.seek(1 << 40)
    assert window.length() == len(DATA)


@given(steps)
@settings(max_examples=50)
def test_a_region_of_a_file(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "window"
    with file_window(path, DATA) as window:
        check(window, moves)
        assert window.length() == len(DATA)


def test_a_region_that_ends_before_it_should(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"12345")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert FileWindow(descriptor, 2, 100).read(0, 50) == b"345"
    finally:
        os.close(descriptor)
