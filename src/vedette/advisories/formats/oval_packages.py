"""What OVAL criteria say of rpm packages: `NAME is earlier than EVR`, beside an architecture and a module."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from vedette.advisories.formats.oval import Term
from vedette.model.advisory import Affected, FixState, Range
from vedette.model.package import SchemeName

_EARLIER = re.compile(r"(\S+) is earlier than (?:0:)?(\S+)")
_ARCH = re.compile(r".* arch is (\S+)")
_MODULE = re.compile(r"Module (\S+:\S+) is enabled")
_OTHER = re.compile(r".* is (?:installed|signed with .*)")


def earlier(terms: Iterable[Term], ecosystem: str, problems: list[str]) -> Iterator[Affected]:
    """An entry per name, version and module: its architectures together, all of them where none is named."""
    arches: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    everywhere: set[tuple[str, str, str]] = set()
    for term in terms:
        found = _EARLIER.fullmatch(term.comment)
        if found is None:
            problems.extend(_unknown(term.comment))
            continue
        module = next((match[1] for text in term.beside if (match := _MODULE.fullmatch(text))), "")
        named = {match[1] for text in term.beside if (match := _ARCH.fullmatch(text))}
        key = (found[1], found[2], module)
        arches[key] |= named
        if not named:
            everywhere.add(key)
    for name, evr, module in sorted(arches):
        yield Affected(
            ecosystem=ecosystem,
            name=name,
            scheme=SchemeName.RPM,
            ranges=(Range(fixed=evr),),
            arches=()
            if (name, evr, module) in everywhere
            else tuple(sorted(arches[name, evr, module])),
            module=module or None,
            fix=FixState.FIXED,
        )


def _unknown(comment: str) -> Iterator[str]:
    if not any(known.fullmatch(comment) for known in (_ARCH, _MODULE, _OTHER)):
        yield f"a criterion that is not known: {comment[:120]!r}"
