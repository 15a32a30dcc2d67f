"""What `vedette sbom` does, whoever has read its arguments; and its arguments where they are plain."""

from collections.abc import Sequence
from pathlib import Path

from vedette.cli.commands.inventories import chosen_cache, document_of
from vedette.cli.commands.options import Exit, emit
from vedette.cli.commands.plain_words import plain_words
from vedette.cli.commands.targets import KINDS
from vedette.cli.render.terminal import note
from vedette.config import load_settings
from vedette.inventory.sbom import SBOM_FORMATS

FORMATS = {form.name: form for form in SBOM_FORMATS}

_VALUES = {
    "--format": "--format",
    "--output": "--output",
    "-o": "--output",
    "--cache-dir": "--cache-dir",
    "--platform": "--platform",
}
_NO_CACHE = "--no-cache"


def write_sbom(  # noqa: PLR0913 - the command's arguments
    kind: str,
    target: str,
    form: str,
    output: Path | None,
    *,
    platform: str | None,
    cache_dir: Path | None,
    no_cache: bool,
) -> Exit:
    """Write the inventory of one target.

    Raises:
        Error: the target cannot be read, or the document not written.
    """
    cache = chosen_cache(load_settings(), cache_dir, no_cache=no_cache)
    document, failures = document_of(kind, target, cache, FORMATS[form], platform=platform)
    for failure in failures:
        note(f"vedette: not read: {failure.path}: {failure.reason}")
    emit(document, output)
    return Exit.PARTIAL if failures else Exit.DONE


def plain_sbom(words: Sequence[str]) -> Exit | None:
    """Do what the words after `sbom` say where they are plain; None, with nothing done, where they are not."""
    stated = plain_words(words, _VALUES, frozenset({_NO_CACHE}))
    if stated is None:
        return None
    kind, target, values, flags = stated
    form = values.get("--format", "cyclonedx")
    output, cache_dir = (
        Path(values[key]) if key in values else None for key in ("--output", "--cache-dir")
    )
    if kind not in KINDS or form not in FORMATS or (output is not None and output.exists()):
        return (
            None  # click says what is wrong; it also looks whether an existing file can be written
        )
    return write_sbom(
        kind,
        target,
        form,
        output,
        platform=values.get("--platform"),
        cache_dir=cache_dir,
        no_cache=_NO_CACHE in flags,
    )
