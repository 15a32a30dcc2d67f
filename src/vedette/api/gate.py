"""Who is let in: signatures are checked against the credentials in the store."""

import hmac
import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import msgspec

from vedette.api.call import Caller
from vedette.api.errors import ApiError, Code
from vedette.api.messages import Request
from vedette.api.sigv4 import (
    Signature,
    check_signature,
    check_time,
    invalid_signature,
    read_signature,
)

_KEY_FORM = re.compile(r"VDTA[A-Z2-7]{16}")
_LIFE = timedelta(seconds=5)
"""How long a credential is taken as it was read: a revoked one is refused after that."""
_MOST_KEPT = 10_000


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A caller and the secret that they sign with."""

    caller: Caller
    secret: str


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated request's caller, and what it was signed as."""

    caller: Caller
    signature: Signature


Lookup = Callable[[str], Known | None]


class Gate:
    """Checks signatures.

    Args:
        lookup: a caller by access key, None where there is none.
        regions: those that requests may be signed for.
        services: the same, by signing name.
        unsigned_payload: whether bodies may go unsigned.
    """

    def __init__(
        self,
        lookup: Lookup,
        regions: Collection[str],
        services: Collection[str],
        *,
        unsigned_payload: bool = False,
    ) -> None:
        self._lookup = lookup
        self._regions = frozenset(regions)
        self._services = frozenset(services)
        self._unsigned_payload = unsigned_payload
        self._kept: dict[str, tuple[datetime, Known]] = {}

    def admit(self, request: Request, now: datetime) -> Admitted:
        """The caller of a request that is signed as it should be.

        Raises:
            ApiError: what is wrong with the signature.
        """
        signature, known = self._announced(request, now)
        check_signature(signature, request, known.secret, unsigned_payload=self._unsigned_payload)
        return Admitted(caller=known.caller, signature=signature)

    def expects(self, head: Request, now: datetime) -> str:
        """The service that a request says it is for, whose body is not there yet: nobody is authenticated by that.

        Raises:
            ApiError: where it cannot be signed as it should be, or for an access key that nobody has.
        """
        return self._announced(head, now)[0].service

    def _announced(self, request: Request, now: datetime) -> tuple[Signature, Known]:
        signature = read_signature(request)
        if signature.region not in self._regions:
            told = ", ".join(sorted(self._regions))
            why = f"Credential should be scoped to a valid region; this server serves {told}."
            raise invalid_signature(why)
        if signature.service not in self._services:
            told = ", ".join(sorted(self._services))
            raise invalid_signature(f"Credential should be scoped to a correct service: {told}.")
        check_time(signature, now)
        known = self._known(signature.access_key, now)
        if known is None:
            raise _unrecognized()
        return signature, known

    def known(self, access_key: str, secret: str, now: datetime) -> Caller:
        """The caller who has this secret.

        Raises:
            ApiError: UnrecognizedClient.
        """
        found = self._known(access_key, now)
        if found is None or not hmac.compare_digest(found.secret.encode(), secret.encode()):
            raise _unrecognized()
        return found.caller

    def _known(self, access_key: str, now: datetime) -> Known | None:
        read_at, known = self._kept.get(access_key, (None, None))
        if known is not None and read_at is not None and now - read_at < _LIFE:
            return known
        found = self._lookup(access_key) if _KEY_FORM.fullmatch(access_key) else None
        if found is None:
            self._kept.pop(access_key, None)
            return None
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[access_key] = (now, found)
        return found


def _unrecognized() -> ApiError:
    text = "The security token included in the request is invalid."
    return ApiError(Code.UNRECOGNIZED_CLIENT, text)
