"""Maven's order: `ComparableVersion` (https://maven.apache.org/pom.html#version-order-specification; maven-artifact 3.9).

A version is a list of numbers and qualifiers; each hyphen, and each change between digits and letters, opens a list within
the list, always as its last item. Qualifiers sort below lists, lists below numbers, and what is missing equals zero or the
release. That is no total order: with `1 < 1.x-1 < 1-alpha < 1` in it, no key can be right. Such versions (a qualifier
after a dot and before a further separator; a list that opens with a pre-release list) are not `exact`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest

from vedette.model.package import SchemeName
from vedette.versions._base import MAX_LENGTH, Scheme, matched, number

_VERSION = re.compile(r"[!-~]+")
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_RUN = re.compile(r"([0-9]+)|([^0-9.-]+)|[.-]")
_ALIASES = {"ga": "", "final": "", "release": "", "cr": "rc"}
_BEFORE_DIGITS = {"a": "alpha", "b": "beta", "m": "milestone"}
_ZERO = number("0")

# One item, by its rank among those that may stand at one place: qualifiers, lists, numbers (codes of `number`).
_QUALIFIERS = {
    "alpha": "\x10",
    "beta": "\x11",
    "milestone": "\x12",
    "rc": "\x13",
    "snapshot": "\x14",
    "": "\x21",
    "sp": "\x22",
}
_RELEASE = _QUALIFIERS[""]
_LIST_BELOW, _END, _OTHER_QUALIFIER, _LIST_ABOVE = "\x18", "\x20", "\x23", "\x7f"
_END_OF_WORD = "\x01"
_NULLS = (_ZERO, _RELEASE)

_List = list[str]
"""The items of one list but for the list that may end it."""


def _qualifier(word: str, *, before_digits: bool) -> str:
    if before_digits:
        word = _BEFORE_DIGITS.get(word, word)
    word = _ALIASES.get(word, word)
    return _QUALIFIERS.get(word) or _OTHER_QUALIFIER + word + _END_OF_WORD


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Each separator, run of digits and qualifier, with what follows it."""
    found = list(_RUN.finditer(text))
    for run, following in zip_longest(found, found[1:]):
        yield run[0], "" if following is None else following[0]


def _nested(text: str) -> list[_List]:
    """Read the lists from the outermost inwards, before nulls are dropped."""
    lists: list[_List] = [[]]
    after_separator = True
    for run, following in _runs(text):
        if run in ".-":
            if after_separator:
                lists[-1].append(_ZERO)
            if run == "-":
                lists.append([])
            after_separator = True
            continue
        after_separator = False
        if run[0].isdecimal():
            lists[-1].append(number(run))
            changes = following not in ("", ".", "-")
        else:
            changes = following[:1].isdecimal()
            if lists[-1] and (changes or not following):
                lists.append([])
            lists[-1].append(_qualifier(run, before_digits=changes))
        if changes:
            lists.append([])
    return lists


def _parse(text: str) -> list[_List]:
    """The lists without what equals nothing: nulls at the end of each list, lists without items at the end."""
    lists = _nested(matched(_NAME, _VERSION, text)[0].lower())
    for items in lists:
        while items and items[-1] in _NULLS:
            items.pop()
    while len(lists) > 1 and not lists[-1]:
        lists.pop()
    return lists


def _against_nothing(lists: list[_List]) -> int:
    """How a list compares with a missing item: as its first item that differs from nothing."""
    for item in (item for items in lists for item in items):
        if item not in _NULLS:
            return 1 if item > _RELEASE else -1
    return 0


def _key(text: str) -> bytes:
    if len(text) <= MAX_LENGTH and _NUMBERS.fullmatch(text):  # most are; they need no lists
        numbers = "".join(map(number, text.split(".")))
        return (numbers.rstrip(_ZERO) + _END).encode("latin-1")
    lists = _parse(text)
    parts = ["".join(lists[-1]), _END]
    sign = _against_nothing(lists[-1:])
    for items in reversed(lists[:-1]):
        parts[:0] = ("".join(items), _LIST_BELOW if sign < 0 else _LIST_ABOVE)
        sign = _against_nothing([items]) or sign
    return "".join(parts).encode("latin-1")


@lru_cache(maxsize=4096)
def _exact(text: str) -> bool:
    """Whether the key says all; asked of the same ends of ranges again and again."""
    if _NUMBERS.fullmatch(text):
        return True
    lists = _parse(text)
    if lists[0] and lists[0][0] < _ZERO:
        return False
    if any(item < _ZERO for items in lists for item in items[1:]):
        return False
    return all(
        items or _against_nothing(lists[depth + 1 :]) >= 0 for depth, items in enumerate(lists[:-1])
    )


def _with_inner(lists: list[_List]) -> _List:
    return [*lists[0], _LIST_ABOVE] if len(lists) > 1 else lists[0]


def _compare_outermost(a: list[_List], b: list[_List]) -> int | None:
    """Compare two lists item by item; None where it is for their inner lists to decide."""
    for x, y in zip_longest(_with_inner(a), _with_inner(b)):
        if x == y == _LIST_ABOVE:
            return None
        if x is None:
            verdict = -_against_nothing(b[1:] if y == _LIST_ABOVE else [[y]])
        elif y is None:
            verdict = _against_nothing(a[1:] if x == _LIST_ABOVE else [[x]])
        else:
            verdict = (x > y) - (x < y)
        if verdict:
            return verdict
    return 0


def _compare(left: str, right: str) -> int:
    """`ListItem.compareTo`, without its recursion."""
    a, b = _parse(left), _parse(right)
    depth = 0
    while (verdict := _compare_outermost(a[depth:], b[depth:])) is None:
        depth += 1
    return verdict


_NAME = SchemeName.MAVEN
SCHEME = Scheme(name=_NAME, key=_key, exact=_exact, compare=_compare)
