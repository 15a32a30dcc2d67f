"""The network configuration of accounts in a directory, which `vedette reach` reads: `ACCOUNT/REGION/SERVICE.OPERATION.json`.

Each answer is a file as soon as it is there, so that a recording that ends early goes on where it was. Answers that were
refused are files with their error: they are asked for again, and are unknown to the analysis until then.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from vedette.app.discovery.accounts import open_accounts
from vedette.app.discovery.configuration import record_network
from vedette.app.discovery.scope import Place, Scope
from vedette.app.parallel import completed
from vedette.app.progress import Progress, silent
from vedette.clients.aws import Account, Response
from vedette.errors import ConfigError, SourceError
from vedette.model.coverage import ScopeFailure
from vedette.network.describe import LARGEST_FILE

_WORKERS = 8
_LONGEST_ID = 250
"""Bytes: what a file's name may have, less the suffix."""
_ERROR = "Error"


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the places that were asked, answers written and answers that stood already."""

    places: tuple[Place, ...]
    written: int
    stood: int
    failures: tuple[ScopeFailure, ...]


class _Done(msgspec.Struct, frozen=True, kw_only=True):
    place: Place
    written: int
    stood: int
    failures: tuple[ScopeFailure, ...]


def record(
    home: Account,
    scope: Scope,
    directory: Path,
    progress: Progress = silent,
    *,
    resume: bool = False,
) -> Recording:
    """Record what the network analysis reads, of every account and Region.

    Args:
        home: the caller's own credentials.
        scope: which accounts and Regions.
        directory: is made where there is none.
        progress: told after every place.
        resume: keep the answers that stand there; otherwise the directory has to be empty.

    Raises:
        ConfigError: it is not.
        ServiceError: where the caller's own credentials are refused.
        SourceError: the directory cannot be written to.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        is_empty = next(directory.iterdir(), None) is None
    except OSError as error:
        raise SourceError(f"{directory}: {error.strerror}") from error
    if not is_empty and not resume:
        raise ConfigError(f"{directory} is not empty; --resume keeps what was recorded there")
    opened, failures = open_accounts(home, scope)
    work = [
        (account, Place(account=name, region=region, partition=account.partition(region)))
        for name, account in sorted(opened.items())
        for region in scope.regions
    ]
    done: list[_Done] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for one in completed(pool, _place_in(directory), work, ahead=_WORKERS * 2):
            done.append(one)
            progress("record", len(done), len(work))
    return Recording(
        places=tuple(sorted((one.place for one in done), key=lambda p: (p.account, p.region))),
        written=sum(one.written for one in done),
        stood=sum(one.stood for one in done),
        failures=tuple(sorted({*failures, *(gap for one in done for gap in one.failures)})),
    )


def _place_in(directory: Path) -> Callable[[tuple[Account, Place]], _Done]:
    def recorded(work: tuple[Account, Place]) -> _Done:
        account, place = work
        folder = directory / place.account / place.region
        known = dict(_known(folder))
        written = 0
        unnamed: list[ScopeFailure] = []

        def keep(name: str, answer: Response) -> None:
            nonlocal written
            path = _path(folder, name)
            if path is None:
                unnamed.append(_no_file(place, name))
                return
            _write(path, answer)
            written += 1

        _, failures = record_network(account, place, known, keep)
        return _Done(place=place, written=written, stood=len(known), failures=(*failures, *unnamed))

    return recorded


def _path(folder: Path, name: str) -> Path | None:
    """The file of a call; None where the id in it is no name of a file."""
    call, slash, identity = name.partition("/")
    if not slash:
        return folder / f"{call}.json"
    if "/" in identity or "\0" in identity or len(os.fsencode(identity)) > _LONGEST_ID:
        return None
    return folder / call / f"{identity}.json"


def _no_file(place: Place, name: str) -> ScopeFailure:
    return ScopeFailure(
        account=place.account,
        region=place.region,
        operation=name.partition("/")[0],
        code="Unnamed",
        reason=f"no file can be named after {name.partition('/')[2][:200]!r}",
    )


def _write(path: Path, answer: Response) -> None:
    """All of it or nothing: a file that is there is whole."""
    text = msgspec.json.format(msgspec.json.encode(answer, order="sorted"), indent=4)
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(text + b"\n")
        partial.replace(path)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error


def _known(folder: Path) -> Iterator[tuple[str, Response]]:
    """The answers that stand; what is no answer, or is the error of one, is asked for again."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*.json")):
        answer = _read(path)
        if isinstance(answer, Mapping) and _ERROR not in answer:
            yield path.relative_to(folder).as_posix().removesuffix(".json"), dict(answer)


def _read(path: Path) -> object:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None
        read: object = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return read
