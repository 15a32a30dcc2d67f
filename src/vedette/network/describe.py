"""Recorded AWS answers in, a `Snapshot` out; nothing that is wrong with them is passed over.

A recorded directory is `DIR/<account>/<region>/<service>.<operation>.json`, each file the AWS CLI's own output; calls
that take an id have a folder with one file for each id. The same answers can come from memory, as boto3 returns them.
A file that is absent, cut, malformed or an error becomes a `Missing` with its reason, item by item where possible.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from vedette.errors import SourceError
from vedette.network import described as aws
from vedette.network.calls import (
    BLOCK_OPTIONS,
    CALLS,
    GET_POLICY,
    GET_URL,
    GLOBAL_CALLS,
    ITEM_CALLS,
    LIST_URLS,
    PREFIX_ENTRIES,
    Call,
    ItemCall,
)
from vedette.network.items import convert, members
from vedette.network.snapshot import (
    NAMELESS,
    Answered,
    FunctionPolicy,
    Missing,
    Place,
    PrefixBlocks,
    Snapshot,
)

Answers = Mapping[str, Any]
"""Call name → answer, or → {id: answer}; a call for one id may also be written `NAME/ID`."""

_Item = TypeVar("_Item")

LARGEST_FILE = 1 << 30
_MOST_FILES = 200_000
_SERVICES = ("lambda.", "elbv2.", "elb.", "apigateway.", "apigatewayv2.")


class _Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """Stands in for an answer that could not be read, with the reason."""

    reason: str


def read_snapshot(directory: Path) -> Snapshot:
    """Read a recorded directory. SourceError if there is no account with a Region in it."""
    if not directory.is_dir():
        raise SourceError(f"{directory} is not a directory")
    places: dict[tuple[str, str], dict[str, Any]] = {}
    count = 0
    for account in _folders(directory):
        for region in _folders(account):
            answers: dict[str, Any] = {}
            for name, path in _files(region):
                count += 1
                if count > _MOST_FILES:
                    raise SourceError(f"{directory} has more than {_MOST_FILES} files")
                answers[name] = _read(path)
            places[account.name, region.name] = answers
    if not any(places.values()):
        raise SourceError(f"{directory} has no recorded answers (ACCOUNT/REGION/SERVICE.CALL.json)")
    return snapshot_from(places)


def snapshot_from(answers: Mapping[tuple[str, str], Answers]) -> Snapshot:
    """Take answers from memory: {(account, region): {call: answer}}, pages merged."""
    seen = {name for place in answers.values() for name in place}
    services = tuple(one for one in _SERVICES if any(name.startswith(one) for name in seen))
    return Snapshot(
        places=tuple(
            _Reader(account, region, answers[account, region], services).place()
            for account, region in sorted(answers)
        )
    )


def _folders(directory: Path) -> list[Path]:
    return sorted(path for path in directory.iterdir() if path.is_dir())


def _files(region: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(region.iterdir()):
        if path.is_dir():
            for inner in sorted(path.iterdir()):
                if inner.suffix == ".json":
                    yield f"{path.name}/{inner.stem}", inner
        elif path.suffix == ".json":
            yield path.stem, path


def _read(path: Path) -> Any:
    try:
        if not path.is_file():
            return _Unusable(reason="not a regular file")
        if path.stat().st_size > LARGEST_FILE:
            return _Unusable(reason=f"larger than {LARGEST_FILE} bytes")
        return msgspec.json.decode(path.read_bytes())
    except OSError as error:
        return _Unusable(reason=f"cannot be read: {error.strerror}")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return _Unusable(reason=f"not JSON: {error}")


class _Reader:
    """Reads the answers of one place and collects what is missing."""

    def __init__(
        self, account: str, region: str, answers: Answers, services: tuple[str, ...]
    ) -> None:
        self._account = account
        self._region = region
        self._answers = answers
        self._services = services
        self._missing: list[Missing] = []
        self._recorded: set[str] = set()

    def place(self) -> Place:
        fields: dict[str, Any] = {
            call.field: self._listing(call) for call in (*CALLS, *GLOBAL_CALLS)
        }
        return Place(
            account=self._account,
            region=self._region,
            **fields,
            block_options=self._block_options(),
            prefix_blocks=self._prefix_blocks(),
            function_urls=self._function_urls(),
            function_policies=self._policies(),
            answered=tuple(one for call in ITEM_CALLS for one in self._answered(call)),
            # read last: the readers above add to both
            recorded=frozenset(self._recorded),
            missing=tuple(self._missing),
        )

    def _gap(self, call: str, reason: str, item: str | None = None) -> None:
        self._missing.append(
            Missing(account=self._account, region=self._region, call=call, reason=reason, item=item)
        )

    def _usable(self, name: str, answer: Any, item: str | None = None) -> Mapping[str, Any] | None:
        """The answer if it is an object; its faults are recorded, and a partial answer is still used."""
        if isinstance(answer, _Unusable):
            self._gap(name, answer.reason, item)
            return None
        if not isinstance(answer, Mapping):
            self._gap(name, "not an object", item)
            return None
        fault = _fault(answer)
        if fault:
            self._gap(name, fault, item)
        else:
            self._recorded.add(name if item is None else f"{name}/{item}")
        return answer

    def _listing(self, call: Call) -> tuple[Any, ...]:
        if call.name not in self._answers:
            if call.needed or (not call.optional and call.name.startswith(self._services)):
                self._gap(call.name, "not recorded")
            return ()
        answer = self._usable(call.name, self._answers[call.name])
        if answer is None or ((call.holder or call.member) not in answer and _fault(answer)):
            return ()
        try:
            items = members(answer, call)
        except ValueError as error:
            self._recorded.discard(call.name)
            self._gap(call.name, str(error))
            return ()
        return tuple(self._items(call, items))

    def _items(self, call: Call, items: Any) -> Iterator[Any]:
        for number, item in enumerate(items):
            try:
                yield convert(item, call.type)
            except msgspec.ValidationError as error:
                name = item.get(call.identity) if isinstance(item, Mapping) else None
                known = name if isinstance(name, str) else f"{NAMELESS}{number}"
                self._gap(call.name, f"malformed: {error}", known)

    def _block_options(self) -> aws.BlockPublicAccessOptions | None:
        answer = self._usable(BLOCK_OPTIONS, self._answers.get(BLOCK_OPTIONS, {}))
        options = answer.get("VpcBlockPublicAccessOptions") if answer else None
        if options is None:
            self._recorded.discard(BLOCK_OPTIONS)
            return None
        return self._one(BLOCK_OPTIONS, options, aws.BlockPublicAccessOptions, None)

    def _one(self, call: str, value: Any, kind: type[_Item], item: str | None) -> _Item | None:
        try:
            return convert(value, kind)
        except msgspec.ValidationError as error:
            self._recorded.discard(call if item is None else f"{call}/{item}")
            self._gap(call, f"malformed: {error}", item)
            return None

    def _each(self, call: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(id, answer) of a call that takes an id."""
        found = dict(self._answers.get(call) or {}) if call in self._answers else {}
        prefix = f"{call}/"
        found |= {
            name.removeprefix(prefix): answer
            for name, answer in self._answers.items()
            if name.startswith(prefix)
        }
        for item in sorted(found):
            answer = self._usable(call, found[item], item)
            if answer is not None:
                yield item, answer

    def _prefix_blocks(self) -> tuple[PrefixBlocks, ...]:
        out = []
        for item, answer in self._each(PREFIX_ENTRIES):
            entries = self._one(
                PREFIX_ENTRIES, answer.get("Entries"), tuple[aws.PrefixListEntry, ...], item
            )
            if entries is not None and f"{PREFIX_ENTRIES}/{item}" in self._recorded:
                out.append(PrefixBlocks(id=item, blocks=tuple(entry.cidr for entry in entries)))
        return tuple(out)

    def _answered(self, call: ItemCall) -> Iterator[Answered]:
        """The items of a call for one id; one malformed item costs the answer, which is then "not recorded"."""
        for item, answer in self._each(call.name):
            value = answer.get(call.member)
            values = value if isinstance(value, list | tuple) else (value,)
            found = [self._one(call.name, value, call.type, item) for value in values]
            if f"{call.name}/{item}" in self._recorded:
                known = tuple(one for one in found if one is not None)
                yield Answered(call=call.name, id=item, items=known)

    def _function_urls(self) -> tuple[aws.FunctionUrl, ...]:
        out: dict[str, aws.FunctionUrl] = {}
        for item, answer in self._each(LIST_URLS):
            urls = self._one(
                LIST_URLS, answer.get("FunctionUrlConfigs", []), tuple[aws.FunctionUrl, ...], item
            )
            out |= {url.function_arn: url for url in urls or ()}
        for item, answer in self._each(GET_URL):
            # a function without a URL may be recorded as an empty answer
            url = self._one(GET_URL, answer, aws.FunctionUrl, item) if answer else None
            if url is not None:
                out[url.function_arn] = url
        return tuple(out[arn] for arn in sorted(out))

    def _policies(self) -> tuple[FunctionPolicy, ...]:
        out = []
        for item, answer in self._each(GET_POLICY):
            document = answer.get("Policy")
            if document is not None and not isinstance(document, str):
                self._gap(GET_POLICY, "malformed: Policy is not text", item)
                continue
            if f"{GET_POLICY}/{item}" not in self._recorded:
                continue
            name, _, qualifier = item.partition(":")
            out.append(
                FunctionPolicy(function=name, qualifier=qualifier or None, document=document)
            )
        return tuple(out)


def _fault(answer: Mapping[str, Any]) -> str | None:
    """Why an answer is not the whole truth, if it says so itself."""
    errors = answer.get("errors") or answer.get("Errors") or answer.get("Error")
    if errors:
        return f"answered with an error: {_error_text(errors)}"
    if answer.get("NextToken") or answer.get("NextMarker") or answer.get("position"):
        return "cut: there is a token for a next page"
    if answer.get("AdditionalRoutesAvailable"):
        return "cut: there are more routes than it holds"
    return None


def _error_text(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list | tuple) else errors
    if isinstance(first, Mapping):
        code = first.get("Code") or first.get("code") or ""
        message = first.get("Message") or first.get("message") or ""
        return f"{code} {message}".strip()[:300]
    return str(first)[:300]
