"""`vedette findings suppress`: rules that set findings aside, with a reason, an owner and an end."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from vedette.api.translate.filters import CRITERIA, TEXTS, filter_of
from vedette.app.ports import Store
from vedette.app.saved_filters import (
    EXPIRES_TAG,
    OWNER_TAG,
    Action,
    SavedFilter,
    drop,
    keep,
    new_id,
    rule_of,
    saved_filters,
)
from vedette.app.suppression import Settled, settle_change
from vedette.bootstrap import clock, estate
from vedette.config import load_settings
from vedette.errors import ConfigError

_TERM = re.compile(r"(?P<field>[A-Za-z0-9]+)(?P<sign>\^=|!=|=)(?P<value>.*)", re.DOTALL)
_COMPARISONS = {"=": "EQUALS", "^=": "PREFIX", "!=": "NOT_EQUALS"}
_TIMES = frozenset({"startInclusive", "endInclusive"})
_LARGEST = 1 << 20


@click.command("suppress")
@click.argument("name")
@click.option(
    "--filter",
    "terms",
    multiple=True,
    metavar="CRITERION=VALUE",
    help="One of Inspector's text criteria and a value: = is equal, ^= begins with, != is not. Several of one "
    "criterion: any of them; of several criteria: all.",
)
@click.option(
    "--criteria",
    type=click.Path(path_type=Path, dir_okay=False),
    help="All criteria as JSON, as CreateFilter has them (times in ISO 8601).",
)
@click.option("--reason", help="Why these findings are accepted.")
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--expires", help="When it ends by itself: ISO 8601 with an offset.")
@click.option("--remove", is_flag=True, help="Remove the rule NAME; its findings become active.")
def suppress_command(  # noqa: PLR0913 - the parameters are the command's options
    name: str,
    terms: tuple[str, ...],
    criteria: Path | None,
    reason: str | None,
    owner: str,
    *,
    expires: str | None,
    remove: bool,
) -> None:
    """Set aside all findings, of every account and Region, that pass a filter: the rule NAME.

    It takes effect at once. A rule of the same name is replaced.
    """
    with estate.open_store(load_settings()) as store:
        before = _known(store, name)
        if remove:
            if before is None:
                raise ConfigError(f"there is no rule {name}")
            drop(store, before)
            settled = settle_change(store, rule_of(before), None, now=clock.now(), most=_ALL)
        else:
            asked = _criteria(terms, criteria)
            if reason is None:
                raise click.UsageError("say why: --reason")
            tags = {OWNER_TAG: owner} if owner else {}
            tags |= {EXPIRES_TAG: expires} if expires else {}
            settled = _put(store, before, name, asked, {"reason": reason, "tags": tags})
    click.echo(f"{settled.changed} findings changed")


_ALL = 1 << 40


def _known(store: Store, name: str) -> SavedFilter | None:
    return next((one for one in saved_filters(store, "", "") if one.name == name), None)


def _put(
    store: Store,
    before: SavedFilter | None,
    name: str,
    criteria: Mapping[str, Any],
    more: Mapping[str, Any],
) -> Settled:
    now = clock.now()
    new = before or SavedFilter(
        id=new_id("", "", name, now),
        account="",
        region="",
        name=name,
        action=Action.SUPPRESS,
        criteria={},
        condition=filter_of(None),
        created_at=now,
        updated_at=now,
    )
    saved = msgspec.structs.replace(
        new,
        criteria=msgspec.to_builtins(criteria),
        condition=filter_of(criteria),
        updated_at=now,
        **more,
    )
    keep(store, saved)
    was = None if before is None else rule_of(before)
    return settle_change(store, was, rule_of(saved), now=now, most=_ALL)


def _criteria(terms: tuple[str, ...], file: Path | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if file is None else _read(file)
    for term in terms:
        parts = _TERM.fullmatch(term)
        if parts is None or parts["field"] not in TEXTS:
            raise ConfigError(f"not a criterion of text and a value: {term[:80]!r}")
        entry = {"comparison": _COMPARISONS[parts["sign"]], "value": parts["value"]}
        found.setdefault(parts["field"], []).append(entry)
    if not found:
        raise click.UsageError("say which findings: --filter or --criteria")
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        criteria = msgspec.json.decode(data[:_LARGEST], type=dict[str, list[dict[str, Any]]])
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not criteria: {error}") from error
    unknown = sorted(criteria.keys() - CRITERIA)
    if unknown:
        raise ConfigError(f"{file}: not a criterion: {unknown[0][:80]!r}")
    timed = {name: list(map(_timed, entries)) for name, entries in criteria.items()}
    try:
        filter_of(timed)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{file}: not criteria: {error}") from error
    return timed


def _timed(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: _moment(value) if name in _TIMES else value for name, value in entry.items()}


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"not a time: {str(text)[:40]!r}") from error
    if moment.tzinfo is None:
        raise ConfigError(f"a time without an offset: {text[:40]!r}")
    return moment
