"""What `vedette sbom` does, whoever has read its arguments; and its arguments where they are plain.

Click takes longer to load than a lock file to read. What is not plain here is click's: help, errors, and every
form of an argument that is not among the usual ones.
"""

from collections.abc import Sequence
from pathlib import Path

from vedette.cli.commands.inventories import chosen_cache, document_of
from vedette.cli.commands.options import Exit, emit
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
    stated = _plain(words)
    if stated is None:
        return None
    (kind, target), values, no_cache = stated
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
        no_cache=no_cache,
    )


def _plain(words: Sequence[str]) -> tuple[tuple[str, str], dict[str, str], bool] | None:
    """Kind and target, options that have a value, each once, and whether there is `--no-cache`."""
    places: list[str] = []
    values: dict[str, str] = {}
    no_cache = False
    rest = iter(words)
    for word in rest:
        key = _VALUES.get(word)
        if word == _NO_CACHE:
            no_cache = True
        elif not word.startswith("-"):
            places.append(word)
        elif key is None or key in values or (value := next(rest, "-")).startswith("-"):
            return None
        else:
            values[key] = value
    match places:
        case [kind, target]:
            return (kind, target), values, no_cache
        case _:
            return None
