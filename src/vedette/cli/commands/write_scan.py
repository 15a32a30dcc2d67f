"""What `vedette scan` does, whoever has read its arguments; its arguments where they are plain; and answers that are kept.

Where neither the target nor the database nor the code has changed, the answer is the one that was given before.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from vedette.bootstrap.layers import code_name
from vedette.cli.commands.asked_scan import KEPT_FORMATS, TABLE, Answer, Scan
from vedette.cli.commands.inventories import SBOM, chosen_cache, inventory_of, opened
from vedette.cli.commands.options import Exit, emit
from vedette.cli.commands.plain_words import plain_words
from vedette.cli.commands.targets import KINDS
from vedette.config import Settings, load_settings
from vedette.inventory.cache import LayerCache
from vedette.inventory.known import Known
from vedette.model.severity import Severity

_JUDGING = ("advisories", "app", "cli", "findings", "integrations", "matching", "versions")
"""The packages whose code decides what is said of an inventory."""
_OPTIONS = {
    "--db": "--db",
    "--format": "--format",
    "--output": "--output",
    "-o": "--output",
    "--platform": "--platform",
    "--fail-on": "--fail-on",
    "--cache-dir": "--cache-dir",
}
_NO_CACHE, _IGNORE_UNFIXED = "--no-cache", "--ignore-unfixed"
_LEVELS = frozenset(level.lower() for level in Severity)


def write_scan(asked: Scan) -> Exit:
    """Judge a target and write what is wrong with it.

    Raises:
        Error: the target, the database or the statements cannot be read, or the document not written.
    """
    settings = load_settings()
    cache = chosen_cache(settings, asked.cache_dir, no_cache=asked.no_cache)
    if asked.kind == SBOM:
        from vedette.cli.commands.judging import judged  # noqa: PLC0415 - a kept answer needs none

        answer = judged(asked, settings, inventory_of(SBOM, asked.target, cache))
    else:
        answer = _answer(asked, settings, cache)
    emit(answer.document, asked.output)
    return answer.status


def plain_scan(words: Sequence[str]) -> Exit | None:
    """Do what the words after `scan` say where they are plain; None, with nothing done, where they are not."""
    stated = plain_words(words, _OPTIONS, frozenset({_NO_CACHE, _IGNORE_UNFIXED}))
    if stated is None:
        return None
    kind, target, values, flags = stated
    output, database, cache_dir = (
        Path(values[key]) if key in values else None for key in ("--output", "--db", "--cache-dir")
    )
    asked = Scan(
        kind=kind,
        target=target,
        form=values.get("--format", TABLE),
        output=output,
        database=database,
        platform=values.get("--platform"),
        fail_on=values.get("--fail-on"),
        ignore_unfixed=_IGNORE_UNFIXED in flags,
        cache_dir=cache_dir,
        no_cache=_NO_CACHE in flags,
    )
    return write_scan(asked) if _is_plain(asked) else None


def _is_plain(asked: Scan) -> bool:
    """Whether click would take it as it is: else it says what is wrong."""
    return (
        asked.kind in KINDS
        and asked.form in KEPT_FORMATS
        and (asked.fail_on is None or asked.fail_on in _LEVELS)
        and not (asked.output is not None and asked.output.exists())
        and not (asked.database is not None and asked.database.is_dir())
    )


def _answer(asked: Scan, settings: Settings, cache: LayerCache | None) -> Answer:
    """The answer that is kept, or a new one."""
    with opened(asked.kind, asked.target, cache, platform=asked.platform) as one:
        name = _name(asked, settings) if one.known else None
        kept = _kept(one.known, name)
        if kept is not None:
            return kept
        inventory = one.inventory()
    from vedette.cli.commands.judging import judged  # noqa: PLC0415 - as above

    answer = judged(asked, settings, inventory)
    if one.known and name is not None and name == _name(asked, settings) and answer.is_lasting:
        one.known.keep_document(name, msgspec.msgpack.encode(answer))
    return answer


def _kept(known: Known | None, name: str | None) -> Answer | None:
    data = known.document(name) if known and name is not None else None
    if data is None:
        return None
    try:
        return msgspec.msgpack.decode(data, type=Answer)
    except msgspec.MsgspecError:
        return None  # not ours: it is given anew


def _name(asked: Scan, settings: Settings) -> str | None:
    """What else than the target decides an answer; None where not everything that does has a name.

    A database is never written to, only replaced: its place, size and times name its content.
    """
    if asked.vex or asked.form not in KEPT_FORMATS:
        return None
    path = (asked.database or settings.database).absolute()
    try:
        status = path.stat()
    except OSError:
        return None
    database = (str(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    options = (asked.form, asked.fail_on, asked.ignore_unfixed)
    return f"scan {options} {database} {code_name(*_JUDGING)}"
