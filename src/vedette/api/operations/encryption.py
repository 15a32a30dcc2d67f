"""The keys for code snippets (Inspector2 API: Get, Update and ResetEncryptionKey)."""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import not_found
from vedette.app.encryption import Snippets, key_of, reset_key, set_key


def _get(call: Call, asked: Input) -> Output:
    key = key_of(call.services.store, _snippets(call, asked))
    if key is None:
        raise not_found("No customer managed key is set; there is no other")
    return {"kmsKeyId": key}


def _update(call: Call, asked: Input) -> Output:
    set_key(call.services.store, _snippets(call, asked), asked["kmsKeyId"], now=call.now)
    return {}


def _reset(call: Call, asked: Input) -> Output:
    if not reset_key(call.services.store, _snippets(call, asked)):
        raise not_found("No customer managed key is set")
    return {}


HANDLERS: Mapping[str, Handler] = {
    "GetEncryptionKey": _get,
    "ResetEncryptionKey": _reset,
    "UpdateEncryptionKey": _update,
}

NOTES: Mapping[str, Note] = {
    "UpdateEncryptionKey": Note(
        support=Support.WORKS, why="the key is kept; nothing is encrypted with it, since no code is"
    ),
}


def _snippets(call: Call, asked: Input) -> Snippets:
    return Snippets(
        account=call.caller.account,
        region=call.region,
        scan_type=asked["scanType"],
        resource_type=asked["resourceType"],
    )
