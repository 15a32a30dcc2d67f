"""Text in XML and HTML."""

import re
from functools import cache
from html import escape

_BREAKS = {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


@cache
def _illegal() -> re.Pattern[str]:
    """What XML 1.0 allows nowhere, not even by number ("Char"); compiling it takes longer than most scans write."""
    return re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def marked(text: str) -> str:
    """Text as element content or attribute value, whatever is in it; line breaks survive in attributes too."""
    safe = escape(_illegal().sub("\ufffd", text))
    return "".join(_BREAKS.get(one, one) for one in safe) if _has_breaks(safe) else safe


def _has_breaks(text: str) -> bool:
    return any(one in text for one in _BREAKS)
