r"""The service model's regular expressions, as Python reads them.

They are Java's: `\d`, `\w` and `\b` are of ASCII, and `\p{L}` is a general category of Unicode, which Python's `re` does not
know; it becomes the ranges of characters that it stands for.
"""

import functools
import re
import sys
import unicodedata
from itertools import groupby

_CATEGORY = re.compile(r"\\p\{([A-Z][a-z]?)\}")


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, ready to be matched in whole."""
    return re.compile(_CATEGORY.sub(lambda found: _ranges(found[1]), pattern), re.ASCII)


@functools.cache
def _ranges(category: str) -> str:
    """The characters of a category, as the inside of a bracket."""
    points = (
        point
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)).startswith(category)
    )
    runs = groupby(enumerate(points), key=lambda pair: pair[1] - pair[0])
    spans = ([point for _, point in run] for _, run in runs)
    return "".join(f"{_escaped(span[0])}-{_escaped(span[-1])}" for span in spans)


def _escaped(point: int) -> str:
    return f"\\U{point:08x}"
