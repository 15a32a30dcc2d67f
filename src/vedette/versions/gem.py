"""RubyGems' order (`Gem::Version`, rubygems `lib/rubygems/version.rb`).

Segments are numbers and words; a word sorts below a number, and a version goes on with zeros for ever: `1.a` < `1` = `1.0`.
A hyphen reads as `.pre.`. Zeros that end the leading numbers, or the whole, are dropped.
"""

import re
from itertools import groupby

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_VERSION = re.compile(
    r"\s*([0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)\s*", re.ASCII
)
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+")
_ZERO = number("0")
_WORD, _END_OF_WORD = "\x02", "\x01"
_ZEROS_THEN_WORD, _END, _ZEROS_THEN_NUMBER = "\x03", "\x04", "\x05"
"""The end stands for zeros without end: a run of zeros sorts below it where a word follows, the more so the sooner the word
comes, and above it where a number follows."""
_MOST_ZEROS = 0xFFFF


def _run_of_zeros(count: int, *, then_word: bool) -> str:
    size = count if then_word else _MOST_ZEROS - count
    mark = _ZEROS_THEN_WORD if then_word else _ZEROS_THEN_NUMBER
    return mark + chr(size >> 8) + chr(size & 0xFF)


def _segments(text: str) -> list[str]:
    """Encode each segment and drop the zeros that say nothing."""
    words = _SEGMENT.findall(text)
    first_word = next((i for i, w in enumerate(words) if w.isalpha()), len(words))
    codes = [_WORD + w + _END_OF_WORD if w.isalpha() else number(w) for w in words]
    leading, rest = codes[:first_word], codes[first_word:]
    for run in (leading, rest):
        while run and run[-1] == _ZERO:
            run.pop()
    return leading + rest


def _key(text: str) -> bytes:
    version = matched(_NAME, _VERSION, text)[1].replace("-", ".pre.")
    key = ""
    zeros = 0
    for is_zero, run in groupby(_segments(version), _ZERO.__eq__):
        if is_zero:
            zeros = len(list(run))
            continue
        codes = "".join(run)
        if zeros:
            key += _run_of_zeros(zeros, then_word=codes[0] == _WORD)
        key += codes
    return (key + _END).encode("latin-1")


_NAME = SchemeName.GEM
SCHEME = Scheme(name=_NAME, key=_key)
