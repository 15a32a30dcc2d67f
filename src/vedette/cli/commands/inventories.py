"""The inventory of a local target, for the verbs that begin with one. Nothing that judges is imported here."""

from pathlib import Path

from vedette.app.local import local_ref
from vedette.bootstrap.layers import layer_cache
from vedette.cli.commands.targets import KINDS
from vedette.cli.render.terminal import progress_bars
from vedette.config import Settings
from vedette.inventory.cache import LayerCache
from vedette.inventory.collect import collect
from vedette.inventory.walks import LayerDone
from vedette.model.inventory import Inventory


def inventory_of(kind: str, target: str, cache: LayerCache | None) -> Inventory:
    """Open a target and say what is installed in it.

    Raises:
        SourceError: where it cannot be opened.
    """
    chosen = KINDS[kind]
    tree = chosen.open(target)
    with progress_bars() as progress:

        def note_layer(done: LayerDone) -> None:
            progress("inventory", done.done, done.layers)

        return collect(
            tree, chosen.extractors, resource=local_ref(target), cache=cache, progress=note_layer
        )


def chosen_cache(
    settings: Settings, cache_dir: Path | None, *, no_cache: bool
) -> LayerCache | None:
    """Where extracted layers are kept, if anywhere."""
    return None if no_cache else layer_cache(cache_dir or settings.cache)
