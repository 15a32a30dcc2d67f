"""Conan's order: `items[-pre][+build]`, items between dots (Conan 2, `conan/internal/model/version.py`).

Items that are integers compare as such, others as text; an integer and a text compare as texts. Zeros at the end of a list are
dropped. With `9 < 10 < 10a < 9` in it that is no total order: versions with a text that does not begin with a letter are not
`exact`.
"""

import re
from itertools import zip_longest

from vedette.model.package import SchemeName
from vedette.versions._base import Scheme, matched, number

_VERSION = re.compile(r"([0-9A-Za-z_.]+)(?:-([0-9A-Za-z_.-]*))?(?:\+([0-9A-Za-z_.-]*))?")
_INTEGER = re.compile(r"-?[0-9]+(?:_[0-9]+)*")
"""What Python's `int` takes, of the characters that a version may have."""
_PRE, _NO_PRE = "\x02", "\x03"
_BUILD = "\x02"
_END, _TEXT, _END_OF_TEXT = "\x01", "\xc0", "\x01"

_Items = list[int | str]


def _items(text: str) -> _Items:
    items: _Items = [int(item) if _INTEGER.fullmatch(item) else item for item in text.split(".")]
    while items and items[-1] == 0:
        items.pop()
    return items


def _parse(text: str) -> tuple[_Items, _Items | None, _Items | None]:
    """The main items, those of the pre-release and those of the build."""
    main, pre, build = matched(_NAME, _VERSION, text).groups()
    return (
        _items(main),
        None if pre is None else _items(pre),
        None if build is None else _items(build),
    )


def _code(item: int | str) -> str:
    if isinstance(item, int) and item >= 0:
        return number(str(item))
    return f"{_TEXT}{item}{_END_OF_TEXT}"


def _key(text: str) -> bytes:
    main, pre, build = _parse(text)
    key = "".join(map(_code, main)) + _END
    key += _NO_PRE if pre is None else _PRE + "".join(map(_code, pre)) + _END
    if build is not None:
        key += _BUILD + "".join(map(_code, build))
    return key.encode("latin-1")


def _is_plain(item: int | str) -> bool:
    return item >= 0 if isinstance(item, int) else item[:1].isalpha()


def _exact(text: str) -> bool:
    return all(_is_plain(item) for part in _parse(text) for item in part or ())


def _compare_item(x: int | str | None, y: int | str | None) -> int:
    if x is None or y is None:
        return (x is not None) - (y is not None)
    if isinstance(x, int) and isinstance(y, int):
        return (x > y) - (x < y)
    return (str(x) > str(y)) - (str(x) < str(y))


def _compare_items(a: _Items | None, b: _Items | None) -> int:
    if a is None or b is None:
        return (a is not None) - (b is not None)
    return next((v for x, y in zip_longest(a, b) if (v := _compare_item(x, y))), 0)


def _compare(left: str, right: str) -> int:
    """`Version.__lt__` of Conan, in both directions."""
    (main, pre, build), (other_main, other_pre, other_build) = _parse(left), _parse(right)
    if verdict := _compare_items(main, other_main):
        return verdict
    if (pre is None) != (other_pre is None):
        return 1 if pre is None else -1
    return _compare_items(pre, other_pre) or _compare_items(build, other_build)


_NAME = SchemeName.CONAN
SCHEME = Scheme(name=_NAME, key=_key, exact=_exact, compare=_compare)
