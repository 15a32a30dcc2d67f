"""The inventory of a local target, for the verbs that begin with one. Nothing that judges is imported here."""

# ruff: noqa: PLC0415 - a target that is known needs little of it

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from vedette.app.local import local_ref
from vedette.bootstrap.layers import code_name, layer_cache
from vedette.cli.commands.targets import KINDS, Asked, Kind
from vedette.cli.render.terminal import progress_bars
from vedette.config import Settings
from vedette.errors import ParseError, SourceError
from vedette.inventory.cache import LayerCache
from vedette.inventory.known import Known
from vedette.inventory.sbom import SbomFormat
from vedette.model.inventory import FileFailure, Inventory
from vedette.sources.tree import FileTree

SBOM = "sbom"
"""The one kind of target that is not read but believed."""


class OpenTarget(msgspec.Struct, frozen=True):
    """A target that is open, and what is known of it already."""

    kind: str
    target: str
    tree: FileTree
    cache: LayerCache | None
    known: Known | None

    def inventory(self) -> Inventory:
        """What is installed in it."""
        known = self.known and self.known.inventory()
        return known or _taken(KINDS[self.kind], self.tree, self.target, self.cache, self.known)


@contextmanager
def opened(
    kind: str, target: str, cache: LayerCache | None, *, platform: str | None = None
) -> Iterator[OpenTarget]:
    """Open a target of any kind but `SBOM`.

    Raises:
        SourceError: where it cannot be opened.
    """
    with ExitStack() as stack:
        tree = KINDS[kind].open(Asked(target=target, platform=platform, stack=stack))
        yield OpenTarget(kind, target, tree, cache, _known(kind, tree, target, cache))


def inventory_of(
    kind: str, target: str, cache: LayerCache | None, *, platform: str | None = None
) -> Inventory:
    """Open a target and say what is installed in it.

    Raises:
        SourceError: where it cannot be opened.
        ParseError: where it is an SBOM and cannot be read.
    """
    if kind == SBOM:
        return _stated(target)
    with opened(kind, target, cache, platform=platform) as one:
        return one.inventory()


def document_of(
    kind: str,
    target: str,
    cache: LayerCache | None,
    form: SbomFormat,
    *,
    platform: str | None = None,
) -> tuple[bytes, tuple[FileFailure, ...]]:
    """The same as a document, and what could not be read.

    Raises:
        SourceError: where it cannot be opened.
    """
    with opened(kind, target, cache, platform=platform) as one:
        known = one.known
        document = known.document(form.name) if known else None
        if document is not None:
            return document, ()
        inventory = one.inventory()
    document = form.write(inventory)
    if known and not inventory.failures:
        known.keep_document(form.name, document)
    return document, inventory.failures


def _known(kind: str, tree: FileTree, target: str, cache: LayerCache | None) -> Known | None:
    if cache is None:
        return None
    return Known(cache, tree, local_ref(target), code=f"{kind} {code_name()}")


def _taken(
    kind: Kind, tree: FileTree, target: str, cache: LayerCache | None, known: Known | None
) -> Inventory:
    from vedette.inventory.collect import collect
    from vedette.inventory.walks import LayerDone

    with progress_bars() as progress:

        def note_layer(done: LayerDone) -> None:
            progress("inventory", done.done, done.layers)

        inventory = collect(
            tree,
            kind.extractors() if kind.extractors else None,
            resource=local_ref(target),
            cache=cache,
            progress=note_layer,
        )
    if known:
        known.keep_inventory(inventory)
    return inventory


def _stated(target: str) -> Inventory:
    from vedette.inventory.sbom.reading import read_sbom

    try:
        data = Path(target).read_bytes()
    except OSError as error:
        raise SourceError(f"{target}: {error.strerror}") from error
    try:
        return read_sbom(data, local_ref(target))
    except ParseError as error:
        raise error.within(target) from error


def chosen_cache(
    settings: Settings, cache_dir: Path | None, *, no_cache: bool
) -> LayerCache | None:
    """Where extracted layers are kept, if anywhere."""
    return None if no_cache else layer_cache(cache_dir or settings.cache)
