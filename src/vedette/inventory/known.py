"""Results that need no reading: of a target whose every layer has a name for its content, as the same code gave them before.

Above the results of single layers (`vedette.inventory.layers`): an image that was seen before costs one small file, also
where it has a hundred layers.
"""

from collections.abc import Iterable

import msgspec

from vedette.inventory.cache import LayerCache
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef
from vedette.sources.tree import FileTree


class Known:
    """What is known of one target. Only results without failures are kept: the others may be better next time.

    Args:
        cache: where it is kept.
        tree: the target.
        ref: what it is called.
        code: names the code that gives the results, so that other code does not give them as its own.
    """

    def __init__(self, cache: LayerCache, tree: FileTree, ref: ResourceRef, *, code: str) -> None:
        self._cache = cache
        self._tree = tree
        self._stated = (code, ref.type, ref.id, tree.name)
        self._content = _content(tree)

    def document(self, form: str) -> bytes | None:
        """The document in a format, as the inventory was written."""
        return self._get(("document", form))

    def keep_document(self, form: str, data: bytes) -> None:
        """Keep a document of an inventory without failures."""
        self._put(("document", form), data)

    def inventory(self) -> Inventory | None:
        """The inventory."""
        data = self._get(("inventory",))
        if data is None:
            return None
        try:
            return msgspec.msgpack.decode(data, type=Inventory)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None  # not ours: it is taken anew

    def keep_inventory(self, inventory: Inventory) -> None:
        """Keep an inventory, if it has no failures."""
        if not inventory.failures:
            self._put(("inventory",), msgspec.msgpack.encode(inventory))

    def _get(self, what: Iterable[str]) -> bytes | None:
        return self._cache.get(self._key(what)) if self._content else None

    def _put(self, what: Iterable[str], data: bytes) -> None:
        if self._content and self._content == _content(self._tree):  # nobody has written meanwhile
            self._cache.put(self._key(what), data)

    def _key(self, what: Iterable[str]) -> str:
        import hashlib  # noqa: PLC0415 - only what is kept needs it

        stated = (self._stated, self._content, tuple(what))
        return hashlib.sha256(msgspec.msgpack.encode(stated)).hexdigest()


def _content(tree: FileTree) -> tuple[object, ...] | None:
    """Everything that the inventory of a tree depends on; None where something of it has no name."""
    if tree.failures:
        return None
    layers = []
    for layer in tree.layers:
        content = layer.content()
        if content is None:
            return None
        layers.append((content, layer.digest))
    return (tree.digest, tree.architecture, tuple(layers)) if layers else None
