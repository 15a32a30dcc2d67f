"""Plain tables: aligned, one line a row, cut to the terminal's width and never in a pipe."""

import shutil
import sys
import unicodedata
from collections.abc import Sequence

_GAP = 2
_NARROWEST = 8


def printable(text: str) -> str:
    """Without control characters: what was scanned must not steer the terminal."""
    return "".join(
        character if unicodedata.category(character)[0] != "C" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def _fitted(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _widths(rows: Sequence[Sequence[str]], available: int | None) -> list[int]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    if available is None:
        return widths
    while sum(widths) + _GAP * (len(widths) - 1) > available:
        widest = max(range(len(widths)), key=lambda column: widths[column])
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None) -> str:
    """Lines of a table with its header.

    Args:
        header: the columns' names.
        rows: as many cells as columns; made printable here.
        width: the most columns to use; None takes the terminal's width, or no limit in a pipe.
    """
    if width is None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
    cells = [list(header), *([printable(cell) for cell in row] for row in rows)]
    widths = _widths(cells, width)
    gap = " " * _GAP
    lines = (
        gap.join(_fitted(cell, size).ljust(size) for cell, size in zip(row, widths, strict=True))
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines)
