"""The inventory of a local target, for the verbs that begin with one. Nothing that judges is imported here."""

from pathlib import Path

from vedette.app.local import local_ref
from vedette.bootstrap.layers import layer_cache
from vedette.cli.commands.targets import KINDS
from vedette.cli.render.terminal import progress_bars
from vedette.config import Settings
from vedette.errors import ParseError, SourceError
from vedette.inventory.cache import LayerCache
from vedette.inventory.collect import collect
from vedette.inventory.walks import LayerDone
from vedette.model.inventory import Inventory

SBOM = "sbom"
"""The one kind of target that is not read but believed."""


def inventory_of(kind: str, target: str, cache: LayerCache | None) -> Inventory:
    """Open a target and say what is installed in it.

    Raises:
        SourceError: where it cannot be opened.
        ParseError: where it is an SBOM and cannot be read.
    """
    if kind == SBOM:
        return _stated(target)
    chosen = KINDS[kind]
    tree = chosen.open(target)
    with progress_bars() as progress:

        def note_layer(done: LayerDone) -> None:
            progress("inventory", done.done, done.layers)

        return collect(
            tree,
            chosen.extractors() if chosen.extractors else None,
            resource=local_ref(target),
            cache=cache,
            progress=note_layer,
        )


def _stated(target: str) -> Inventory:
    from vedette.inventory.sbom.reading import read_sbom  # noqa: PLC0415 - only SBOMs pay for it

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
