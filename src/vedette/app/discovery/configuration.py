"""The network configuration of one place, as the AWS CLI would have recorded it.

The analyser (`vedette.network`) reads the same names from a directory. A call that fails is kept as its error,
and the analyser answers "unknown" where it would have needed it.
"""

from collections.abc import Iterable

from vedette.app.discovery.accounts import failure_of
from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ServiceError
from vedette.model.coverage import ScopeFailure
from vedette.network.calls import BLOCK_OPTIONS, CALLS, GET_POLICY, LIST_URLS, PREFIX_ENTRIES

_NONE = frozenset({"ResourceNotFoundException"})
_METADATA = "ResponseMetadata"


class _Recorder:
    """Makes calls in one place and keeps answers and failures."""

    def __init__(self, account: Account, place: Place) -> None:
        self._account = account
        self._place = place
        self.answers: dict[str, Response] = {}
        self.failures: list[ScopeFailure] = []

    def listing(
        self, call: str, member: str, identity: str = "", **arguments: object
    ) -> list[Response]:
        """Make one listing with all its pages; the items, or none where it is refused."""
        service, method = _method(call)
        name = f"{call}/{identity}" if identity else call
        try:
            items = self._account.listing(service, method, member, self._place.region, **arguments)
        except ServiceError as error:
            self._fail(name, error)
            return []
        self.answers[name] = {member: items}
        return items

    def single(self, call: str, identity: str = "", **arguments: object) -> None:
        """Make one call that is not a listing; "there is none" is an answer."""
        service, method = _method(call)
        name = f"{call}/{identity}" if identity else call
        try:
            answer = self._account.call(service, method, self._place.region, **arguments)
        except ServiceError as error:
            if error.code in _NONE:
                self.answers[name] = {}
            else:
                self._fail(name, error)
            return
        self.answers[name] = {key: value for key, value in answer.items() if key != _METADATA}

    def _fail(self, name: str, error: ServiceError) -> None:
        self.failures.append(failure_of(error, self._place.account, self._place.region))
        self.answers[name] = {"Error": {"Code": error.code, "Message": error.reason}}


def _method(call: str) -> tuple[str, str]:
    """The AWS CLI's name as boto3's service and method."""
    service, _, operation = call.partition(".")
    return service, operation.replace("-", "_")


def _prefix_lists(recorder: _Recorder, prefix_lists: Iterable[Response]) -> None:
    for item in prefix_lists:
        identity = item.get("PrefixListId")
        if not isinstance(identity, str):
            continue  # the analyser says that the item is malformed
        recorder.listing(PREFIX_ENTRIES, "Entries", identity, PrefixListId=identity)


def _function_policies(recorder: _Recorder, functions: Iterable[Response]) -> None:
    for item in functions:
        name = item.get("FunctionName")
        if not isinstance(name, str):
            continue
        if recorder.listing(LIST_URLS, "FunctionUrlConfigs", name, FunctionName=name):
            recorder.single(GET_POLICY, name, FunctionName=name)


def record_network(
    account: Account, place: Place
) -> tuple[dict[str, Response], tuple[ScopeFailure, ...]]:
    """Record every call that the network analysis reads."""
    recorder = _Recorder(account, place)
    found = {call.name: recorder.listing(call.name, call.member) for call in CALLS}
    recorder.single(BLOCK_OPTIONS)
    _prefix_lists(recorder, found["ec2.describe-managed-prefix-lists"])
    _function_policies(recorder, found["lambda.list-functions"])
    return recorder.answers, tuple(recorder.failures)
