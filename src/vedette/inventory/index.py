"""Patterns compiled into one look-up, so that the walk asks one question a path instead of one an extractor.

A pattern's last part decides where it is looked up: a literal name, one literal extension after a `*`, or (below literal
parts) a bare `*`, which is found by its folder. Only then is the whole pattern tried.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache

from vedette.errors import ConfigError
from vedette.inventory.extractors._base import Extractor
from vedette.sources.tree import File, Peek, Sieve

_Candidates = dict[str, tuple[tuple[str, str, Extractor], ...]]
"""By what a pattern is looked up by: the pattern, empty where nothing more is to be tried, a text that its paths have, and who reads it."""

_WILDCARDS = re.compile(r"(\*\*/|\*)")
_LATELY = 64
"""Paths whose extractors are remembered: a file that is wanted is looked up again when it has been read."""


class Index:
    """The extractors by the paths that they read. Made by `compile_index`; never changes."""

    def __init__(
        self,
        names: _Candidates,
        extensions: _Candidates,
        folders: _Candidates,
        parts: Mapping[str, tuple[Extractor, ...]],
    ) -> None:
        self._names = names
        self._parts = parts
        self._extensions = extensions
        self._folders = folders
        self.lookup = lru_cache(_LATELY)(self._lookup)

    @property
    def peek(self) -> Peek | None:
        """What is read of programs, which no pattern finds; None where no extractor reads any."""
        if not self._parts:
            return None
        from vedette.inventory.formats.executable import (  # noqa: PLC0415 - no source repository pays for it
            EXECUTABLES,
        )

        return EXECUTABLES

    @cached_property
    def sieve(self) -> Sieve:
        """What a walk may pass over by its name."""
        dull: frozenset[str] = frozenset()
        names = frozenset(self._names)
        if self._parts:
            from vedette.inventory.formats.executable import (  # noqa: PLC0415 - as above
                NEVER_EXTENSIONS,
            )

            dull = NEVER_EXTENSIONS.difference(self._extensions)
        return Sieve(
            dull=dull,
            names=names,
            folders=frozenset(self._folders),
            extensions=frozenset(self._extensions),
        )

    def readers(self, file: File) -> tuple[Extractor, ...]:
        """The extractors that read a file, or the part of one."""
        return self._parts.get(file.part, ()) if file.part else self.lookup(file.path)

    def wanted(self, path: str) -> int:
        """The most bytes worth reading of a path: the largest limit of its extractors, 0 where there is none."""
        folder, _, name = path.rpartition("/")
        if (
            name not in self._names
            and folder not in self._folders
            and name[name.rfind(".") :] not in self._extensions
        ):
            return 0
        return max((extractor.limit for extractor in self.lookup(path)), default=0)

    def _lookup(self, path: str) -> tuple[Extractor, ...]:
        """The extractors that read a path, each once, in the order of their list."""
        folder, _, name = path.rpartition("/")
        candidates = (
            *self._names.get(name, ()),
            *self._extensions.get(name[name.rfind(".") :], ()),
            *self._folders.get(folder, ()),
        )
        found = {
            extractor.name: extractor
            for pattern, text, extractor in candidates
            if not pattern or (text in path and _matches(pattern, path))
        }
        return tuple(found.values())


def compile_index(extractors: Iterable[Extractor]) -> Index:
    """Compile the patterns.

    Raises:
        ConfigError: where a pattern's last part is none of the three forms.
    """
    names: _Candidates = {}
    extensions: _Candidates = {}
    folders: _Candidates = {}
    parts: dict[str, tuple[Extractor, ...]] = {}
    for extractor in extractors:
        if extractor.part:
            parts[extractor.part] = (*parts.get(extractor.part, ()), extractor)
        for pattern in extractor.patterns:
            folder, _, name = pattern.rpartition("/")
            extension = name[name.rfind(".") :]
            if "*" not in name:
                table, key, rest = names, name, pattern if folder != "**" else ""
            elif (
                len(extension) > 1 and "*" in name.removesuffix(extension) and "*" not in extension
            ):
                table, key = extensions, extension
                rest = pattern if pattern != f"**/*{extension}" else ""
            elif name == "*" and folder and "*" not in folder:
                table, key, rest = folders, folder, ""
            else:
                raise ConfigError(f"extractor {extractor.name}: no look-up for {pattern!r}")
            table[key] = (*table.get(key, ()), (rest, _text(rest), extractor))
    return Index(names, extensions, folders, parts)


def _text(pattern: str) -> str:
    """The longest text that every path of a pattern has; of its last part only where there is no other."""
    texts = _WILDCARDS.split(pattern)[::2]
    return max(texts[:-1] if any(texts[:-1]) else texts, key=len)


def _matches(pattern: str, path: str) -> bool:
    return path == pattern if "*" not in pattern else bool(_expression(pattern).fullmatch(path))


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Compiled when a path first asks for it: most targets have paths for a few patterns."""
    parts = _WILDCARDS.split(pattern)
    meaning = {"**/": "(?:.+/)?", "*": "[^/]*"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts), re.DOTALL)
