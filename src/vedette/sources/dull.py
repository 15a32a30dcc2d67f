"""Names of an archive's members that a walk may pass over: a `Sieve` as bytes."""

import msgspec

from vedette.sources.tree import Sieve

_ODD = (b"/", b".")  # how names begin that say more, or say it otherwise


class Dull(msgspec.Struct, frozen=True):
    """Which names are dull; hot loops do as `is_dull` does.

    Args:
        extensions: with the dot.
        names: last parts of names that are not dull.
        odd: how names begin that are not.
        endings: the extensions without the dot.
    """

    extensions: frozenset[bytes]
    names: frozenset[bytes]
    odd: tuple[bytes, ...]
    endings: frozenset[bytes]

    def is_dull(self, name: bytes) -> bool:
        """Whether nobody wants the file."""
        return (
            name[name.rfind(b".") :] in self.extensions
            and name[name.rfind(b"/") + 1 :] not in self.names
            and self.is_usual(name)
        )

    def is_usual(self, name: bytes) -> bool:
        """Whether a name means no other path, nor none, and is in no folder of which every file may be wanted."""
        return b"/." not in name and not name.startswith(self.odd) and b"//" not in name


NOTHING_DULL = Dull(frozenset(), frozenset(), _ODD, frozenset())


def dull_names(sieve: Sieve | None) -> Dull:
    """The sieve for archives."""
    if sieve is None:
        return NOTHING_DULL
    extensions = frozenset(word.encode() for word in sieve.dull)
    return Dull(
        extensions,
        frozenset(word.encode() for word in sieve.names),
        (*_ODD, *(f"{folder}/".encode() for folder in sorted(sieve.folders))),
        frozenset(word[1:] for word in extensions),
    )
