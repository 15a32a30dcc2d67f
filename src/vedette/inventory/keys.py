"""What layers' results are kept under, and when one of older extractors is still as good as new.

The key of a result is its layer's content, and every extractor with its version. Beside it the layer has a note, whose key has no
versions: which result was the last, and of which versions it is. After a change of some extractors that result is taken over where
none of them reads any file of the layer.
"""

from collections.abc import Iterable, Mapping

import msgspec

from vedette.inventory.cache import LayerCache
from vedette.inventory.extractors._base import Extractor
from vedette.inventory.found import LayerResult

_FORMAT = 7  # raised whenever LayerResult's own shape or the walk's rules change
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(LayerResult)


class _Note(msgspec.Struct, frozen=True):
    """The key of a layer's last result, and the versions that it is of."""

    key: str
    versions: dict[str, int]


_NOTES = msgspec.msgpack.Decoder(_Note)


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What results depend on besides their content: all extractors, by what they read and by their versions.

    `searching` are those that read programs: what they find there depends on more than on files' names.
    """

    patterns: bytes
    versions: Mapping[str, int]
    searching: frozenset[str]


def edition_of(extractors: Iterable[Extractor]) -> Edition:
    """The edition of these extractors."""
    stated = sorted((e.name, e.limit, e.part, *e.patterns) for e in extractors)
    return Edition(
        patterns=_ENCODER.encode((_FORMAT, stated)),
        versions={e.name: e.version for e in sorted(extractors, key=lambda e: e.name)},
        searching=frozenset(e.name for e in extractors if e.part),
    )


class Kept:
    """One layer's place in a cache."""

    def __init__(self, cache: LayerCache, content: tuple[str, ...], edition: Edition) -> None:
        self._cache = cache
        self._edition = edition
        versions = sorted(edition.versions.items())
        self._key = _hash((content, edition.patterns, versions))
        self._note = _hash((content, edition.patterns))

    def get(self) -> LayerResult | None:
        """The result, of these extractors or of others that would give the same."""
        return _decoded(self._cache.get(self._key)) or self._adopted()

    def put(self, result: LayerResult) -> None:
        """Keep a result that would be the same next time."""
        self._write(_ENCODER.encode(result))

    def _write(self, data: bytes) -> None:
        self._cache.put(self._key, data)
        note = _Note(self._key, dict(self._edition.versions))
        self._cache.put(self._note, _ENCODER.encode(note))

    def _adopted(self) -> LayerResult | None:
        note = _noted(self._cache.get(self._note))
        if note is None:
            return None
        now = self._edition.versions
        changed = {name for name in now if note.versions.get(name) != now[name]}
        if not changed.isdisjoint(self._edition.searching):
            return None
        data = self._cache.get(note.key)
        result = _decoded(data)
        if data is None or result is None or any(f.extractor in changed for f in result.files):
            return None
        self._write(data)
        return result


def _hash(stated: object) -> str:
    import hashlib  # noqa: PLC0415 - loads OpenSSL: only what is kept needs it

    return hashlib.sha256(_ENCODER.encode(stated)).hexdigest()


def _decoded(data: bytes | None) -> LayerResult | None:
    try:
        return None if data is None else _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None  # written by another version: read the layer again


def _noted(data: bytes | None) -> _Note | None:
    try:
        return None if data is None else _NOTES.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
