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
    """

    extensions: frozenset[bytes]
    names: frozenset[bytes]
    odd: tuple[bytes, ...]

    def is_dull(self, name: bytes) -> bool:
        """Whether nobody wants the file. A name that means another path, or none, is never dull."""
        return (
            name[name.rfind(b".") :] in self.extensions
            and name[name.rfind(b"/") + 1 :] not in self.names
            and b"/." not in name
            and not name.startswith(self.odd)
            and b"//" not in name
        )


NOTHING_DULL = Dull(frozenset(), frozenset(), _ODD)


def dull_names(sieve: Sieve | None) -> Dull:
    """The sieve for archives."""
    if sieve is None:
        return NOTHING_DULL
    return Dull(
        frozenset(word.encode() for word in sieve.dull),
        frozenset(word.encode() for word in sieve.names),
        (*_ODD, *(f"{folder}/".encode() for folder in sorted(sieve.folders))),
    )
