"""An answer is given again only to whom it was given, for the same question, and while nothing has changed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from tests.api.doors import READER_KEY, Watched, told
from tests.api.signing import KEY, SECRET, signed
from tests.findings.make import finding
from vedette.api import operations
from vedette.api.call import Call, Caller, Input, Output, Role
from vedette.api.errors import ApiError, Code
from vedette.api.gate import Known
from vedette.api.messages import Request, Response
from vedette.api.remembered import LASTING, Kept, Remembered, question_of
from vedette.api.service_model import Location, load_service
from vedette.api.sigv4 import read_signature
from vedette.findings.lifecycle import Change
from vedette.store.store import SqlStore

_PATHS = {
    "BatchGetFindingDetails": (
        "/findings/details/batch/get",
        b'{"findingArns": ["arn:aws:inspector2:us-east-1:111122223333:finding/%s"]}' % (b"0" * 32),
    ),
    "ListCoverage": ("/coverage/list", b"{}"),
    "ListCoverageStatistics": ("/coverage/statistics/list", b"{}"),
    "ListFindingAggregations": ("/findings/aggregation/list", b'{"aggregationType": "ACCOUNT"}'),
    "ListFindings": ("/findings/list", b"{}"),
}


@pytest.fixture
def watched(store: SqlStore) -> Watched:
    return Watched(store)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations whose handlers were asked, one by one."""
    names: list[str] = []
    handlers = operations.SERVICES["inspector2"]

    def noting(call: Call, given: Input) -> Output:
        names.append(call.operation)
        return handlers[call.operation](call, given)

    several = {**operations.SERVICES, "inspector2": dict.fromkeys(handlers, noting)}
    monkeypatch.setattr("vedette.api.wire.SERVICES", several)
    return names


def _of(name: str, **more: Any) -> Request:
    path, body = _PATHS[name]
    return signed("POST", path, **{"body": body, **more})


def _added(store: SqlStore) -> None:
    store.apply([Change(before=None, after=finding())])


def test_every_lasting_operation_is_tried() -> None:
    assert set(_PATHS) == LASTING


@pytest.mark.parametrize("name", sorted(LASTING))
def test_the_same_answer_is_given_without_being_made_again(
    watched: Watched, asked: list[str], name: str
) -> None:
    first, second = watched.answer(_of(name)), watched.answer(_of(name))
    assert (first.status, second) == (200, first)
    assert asked == [name]
    entries = watched.entries()
    assert entries[0] == entries[1]
    assert entries[0]["operation"] == name


@pytest.mark.parametrize("name", sorted(LASTING))
def test_whatever_is_written_makes_answers_be_made_again(
    watched: Watched, store: SqlStore, asked: list[str], name: str
) -> None:
    watched.answer(_of(name))
    _added(store)
    watched.answer(_of(name))
    assert asked == [name, name]


def test_what_has_changed_is_in_the_next_answer(watched: Watched, store: SqlStore) -> None:
    def listed() -> list[Any]:
        request = _of("ListFindings", region="us-east-1")
        return [one["status"] for one in told(watched.answer(request))["findings"]]

    here = finding()
    place = msgspec.structs.replace(here.key.resource, account="111122223333", region="us-east-1")
    here = msgspec.structs.replace(here, key=msgspec.structs.replace(here.key, resource=place))
    assert listed() == []
    store.apply([Change(before=None, after=here)])
    assert listed() == ["ACTIVE"]
    assert listed() == ["ACTIVE"]


def test_another_caller_region_or_question_is_answered_anew(
    watched: Watched, asked: list[str]
) -> None:
    account = "444455556666"
    stranger = Caller(
        access_key="VDTASTRANGERSTRANGE2",
        account=account,
        role=Role.ADMIN,
        accounts=frozenset({account}),
    )
    seeing = msgspec.structs.replace(
        stranger, account="111122223333", access_key="VDTASEEINGSEEINGSEE2", accounts=None
    )
    for caller in (stranger, seeing):
        watched.known[caller.access_key] = Known(caller=caller, secret=SECRET)
    requests = [
        _of("ListFindings"),
        _of("ListFindings", region="cn-north-1"),
        _of("ListFindings", body=b'{"maxResults": 3}'),
        _of("ListFindings", key=stranger.access_key),
        _of("ListFindings", key=seeing.access_key),
        _of("ListCoverage"),
    ]
    for request in requests:
        assert watched.answer(request).status == 200
    assert len(asked) == len(requests)


def test_a_reader_of_the_same_account_is_given_what_an_admin_was(
    watched: Watched, asked: list[str]
) -> None:
    first = watched.answer(_of("ListFindings"))
    assert watched.answer(_of("ListFindings", key=READER_KEY)) == first
    assert asked == ["ListFindings"]
    assert [entry["role"] for entry in watched.entries()] == ["admin", "reader"]


def test_nobody_is_given_an_answer_without_a_good_signature(watched: Watched) -> None:
    good = _of("ListFindings")
    assert watched.code(good) == "ok"
    wrong = _of("ListFindings", secret="x" * 40)
    assert watched.code(wrong) == "InvalidSignatureException"


def test_what_is_refused_or_changes_something_is_not_kept(
    watched: Watched, asked: list[str]
) -> None:
    for _ in range(2):
        assert watched.code(_of("ListFindings", body=b'{"maxResults": 0}')) == "ValidationException"
    for _ in range(2):
        request = signed("POST", "/filters/list", body=b"{}")
        assert watched.code(request) == "ok"
    assert asked == ["ListFilters", "ListFilters"]


def test_lasting_operations_take_nothing_from_headers_and_only_read() -> None:
    service = load_service("inspector2")
    for name in LASTING:
        operation = service.operations[name]
        assert (operation.method, operation.template) == ("POST", _PATHS[name][0])
        assert operation.input is not None
        places = {one.location for one in service.shapes[operation.input].members}
        assert places == {Location.BODY}


def test_long_questions_and_those_of_other_services_are_not_kept() -> None:
    caller = Caller(access_key=KEY, account="1", role=Role.READER)

    def question(**more: Any) -> object:
        request = _of("ListFindings", **more)
        return question_of(request, read_signature(request), caller)

    assert question() is not None
    assert question(body=b" " * 65537) is None
    assert question(service="inspector-scan") is None
    get = signed("GET", "/configuration/get")
    assert question_of(get, read_signature(get), caller) is None


def _kept(size: int) -> Kept:
    return Kept(
        operation="ListFindings", resources=(), response=Response(status=200, body=b"x" * size)
    )


def test_what_was_not_asked_for_longest_makes_room() -> None:
    remembered = Remembered(most_bytes=10_000)
    for name in ("a", "b"):
        remembered.put((name,), "1", _kept(3000))
    assert remembered.get(("a",), "1") == _kept(3000)
    remembered.put(("c",), "1", _kept(3000))
    assert [remembered.get((name,), "1") is None for name in "abc"] == [False, True, False]
    remembered.put(("d",), "1", _kept(9000))
    assert remembered.get(("d",), "1") is None
    remembered.put(("a",), "2", _kept(100))
    assert remembered.get(("a",), "1") is None
    assert remembered.get(("a",), "2") == _kept(100)
    remembered.put(("e",), "2", _kept(3000))
    assert remembered.get(("c",), "1") == _kept(3000)


def test_memory_is_counted_to_the_byte() -> None:
    remembered = Remembered(most_bytes=10_000)
    for number in range(50):
        remembered.put((str(number % 7),), "1", _kept(number * 37))
    sizes = [len(kept.response.body) + 1 + 1024 for _, kept in remembered._entries.values()]
    assert remembered._bytes == sum(sizes) <= 10_000


def test_an_answer_that_was_made_while_something_changed_is_not_given_again(
    watched: Watched, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = operations.SERVICES["inspector2"]

    def late(call: Call, given: Input) -> Output:
        answer = handlers[call.operation](call, given)
        _added(store)
        return answer

    several = {**operations.SERVICES, "inspector2": {**handlers, "ListFindings": late}}
    monkeypatch.setattr("vedette.api.wire.SERVICES", several)
    watched.answer(_of("ListFindings"))
    question = question_of(
        _of("ListFindings"),
        read_signature(_of("ListFindings")),
        watched.known[KEY].caller,
    )
    assert question is not None
    assert watched.parts.remembered.get(question, store.edition()) is None


def test_who_asks_the_same_meanwhile_waits_for_the_answer() -> None:
    remembered, made, begun, over = Remembered(), [], threading.Event(), threading.Event()

    def make() -> Kept:
        begun.set()
        assert over.wait(10)
        made.append(1)
        return _kept(10)

    def ask(question: str) -> Kept:
        return remembered.answer((question,), lambda: "1", make)

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(ask, "a")
        assert begun.wait(10)
        others = [pool.submit(ask, "a") for _ in range(3)]
        another = remembered.answer(("b",), lambda: "1", lambda: _kept(20))
        over.set()
        assert {one.result(10) for one in (first, *others)} == {_kept(10)}
    assert (another, made) == (_kept(20), [1])
    assert (remembered._turns, remembered._waiting) == ({}, {})


def test_a_refusal_is_everybodys_own() -> None:
    remembered, tried = Remembered(), []

    def refuse() -> Kept:
        tried.append(1)
        raise ApiError(Code.BAD_REQUEST, "no")

    for _ in range(2):
        with pytest.raises(ApiError, match="no"):
            remembered.answer(("a",), lambda: "1", refuse)
    assert (len(tried), remembered._turns) == (2, {})
