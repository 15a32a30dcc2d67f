"""Signature Version 4, verified: in the Authorization header, and presigned in the query.

After AWS's specification ("Signing AWS API requests", IAM User Guide). The canonical request is made from what came over the
line: the path is encoded once more (it is sent encoded once), the query is decoded and encoded anew and sorted, header values
are trimmed and folded. Only services other than S3 are meant: S3 does not encode the path twice.

What verifies can only be read in one way: whoever parses the query must decode it as it is decoded here, without `+` for a
blank, and must not heed the order of different parameters.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_to_bytes

import msgspec

from vedette.api.errors import ApiError, Code
from vedette.api.messages import Request

SKEW = timedelta(minutes=5)
"""How far a client's clock may be off, and how long a signed request lives."""

LONGEST = timedelta(days=7)
"""The longest life of a presigned request."""

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

_TIME = "%Y%m%dT%H%M%SZ"
_TIME_FORM = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SIGNATURE_FORM = re.compile(r"[0-9a-f]{64}")
_UNRESERVED = "-_.~"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of its signature: nothing of it is verified yet.

    `expires` is the life of a presigned request, None for one that is signed in its header.
    """

    access_key: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    time: datetime
    expires: timedelta | None = None

    @property
    def last_moment(self) -> datetime:
        """When the request cannot be used any more."""
        return self.time + (SKEW if self.expires is None else self.expires)

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def read_signature(request: Request) -> Signature:
    """What a request says of its signature, from its header or its query.

    Raises:
        ApiError: MissingAuthenticationToken where there is none, IncompleteSignature where it is not a whole one.
    """
    stated = [value for name, value in request.headers if name == "authorization"]
    parameters = _signing_parameters(request)
    if stated and parameters:
        raise _incomplete("A request is signed in its header or in its query, not in both")
    if len(stated) > 1:
        raise _incomplete("There is more than one Authorization header")
    if not stated and not parameters:
        raise ApiError(Code.UNSIGNED, "Missing Authentication Token")
    found = _from_header(request, stated[0]) if stated else _from_query(parameters)
    _check_covered(request, found.signed_headers)
    return found


def check_time(signature: Signature, now: datetime) -> None:
    """Refuse what is too old or of the future.

    Raises:
        ApiError: InvalidSignature.
    """
    if signature.time > now + SKEW:
        raise invalid_signature(f"Signature not yet current: {_told(signature.time)}")
    if now > signature.last_moment:
        raise invalid_signature(
            f"Signature expired: {_told(signature.time)} is now earlier than what is accepted"
        )


def check_signature(
    signature: Signature, request: Request, secret: str, *, unsigned_payload: bool = False
) -> None:
    """Refuse what was not signed with this secret.

    Args:
        signature: as read from the request.
        request: the request.
        secret: of the access key.
        unsigned_payload: whether the body may go without a signature.

    Raises:
        ApiError: InvalidSignature.
    """
    payload = _payload_hash(request, unsigned_payload=unsigned_payload)
    canonical = canonical_request(request, signature.signed_headers, payload)
    expected = sign(signature, canonical, secret)
    if not hmac.compare_digest(expected, signature.signature):
        raise invalid_signature(_MISMATCH)


def invalid_signature(message: str) -> ApiError:
    """An InvalidSignatureException."""
    return ApiError(Code.INVALID_SIGNATURE, message)


def canonical_request(request: Request, signed_headers: Iterable[str], payload_hash: str) -> str:
    """The canonical form of a request."""
    names = tuple(signed_headers)
    return "\n".join(
        (
            request.method,
            canonical_path(request.path),
            canonical_query(request.query),
            *(f"{name}:{_header_value(request, name)}" for name in names),
            "",
            ";".join(names),
            payload_hash,
        )
    )


def canonical_path(path: str) -> str:
    """A path as it was sent, without dot segments and double slashes, encoded once more."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in {"", "."}:
            kept.append(part)
    text = "/" + "/".join(kept)
    if kept and path.endswith("/"):
        text += "/"
    return quote(text, safe="/" + _UNRESERVED)


def canonical_query(query: str) -> str:
    """The parameters, encoded anew and sorted, without the signature itself."""
    pairs = [
        (_encoded(name), _encoded(value))
        for name, _, value in (part.partition("=") for part in query.split("&") if part)
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs) if name != "X-Amz-Signature")


def sign(signature: Signature, canonical: str, secret: str) -> str:
    """The signature of a canonical request, in lower-case hexadecimal."""
    text = "\n".join(
        (ALGORITHM, _told(signature.time), signature.scope, _sha256(canonical.encode()))
    )
    key = f"AWS4{secret}".encode()
    for part in (signature.day, signature.region, signature.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe=_UNRESERVED)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _told(time: datetime) -> str:
    return time.strftime(_TIME)


def _header_value(request: Request, name: str) -> str:
    values = (value for key, value in request.headers if key == name)
    return ",".join(" ".join(value.split()) for value in values)


def _payload_hash(request: Request, *, unsigned_payload: bool) -> str:
    actual = _sha256(request.body)
    stated = request.header("x-amz-content-sha256")
    if stated is None:
        return actual
    if stated == UNSIGNED_PAYLOAD and unsigned_payload:
        return stated
    if not hmac.compare_digest(stated.encode(), actual.encode()):
        raise invalid_signature("The provided x-amz-content-sha256 does not match what was sent")
    return actual


def _from_header(request: Request, text: str) -> Signature:
    algorithm, _, rest = text.partition(" ")
    if algorithm != ALGORITHM:
        raise _incomplete(f"Unsupported algorithm; use {ALGORITHM}")
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name in fields:
            raise _incomplete("The Authorization header is not well formed")
        fields[name] = value
    dates = [value for name, value in request.headers if name == "x-amz-date"]
    if len(dates) != 1:
        raise _incomplete("Authorization header requires existence of one 'X-Amz-Date' header")
    return _signature(
        _field(fields, "Credential"),
        _field(fields, "SignedHeaders"),
        _field(fields, "Signature"),
        dates[0],
    )


def _from_query(parameters: dict[str, str]) -> Signature:
    if parameters.get("X-Amz-Algorithm") != ALGORITHM:
        raise _incomplete(f"Unsupported algorithm; use {ALGORITHM}")
    found = _signature(
        _field(parameters, "X-Amz-Credential"),
        _field(parameters, "X-Amz-SignedHeaders"),
        _field(parameters, "X-Amz-Signature"),
        _field(parameters, "X-Amz-Date"),
    )
    text = _field(parameters, "X-Amz-Expires")
    seconds = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
    if not 0 < seconds <= LONGEST.total_seconds():
        raise _incomplete("X-Amz-Expires must be between 1 and 604800 seconds")
    return msgspec.structs.replace(found, expires=timedelta(seconds=seconds))


def _signature(credential: str, headers: str, signature: str, time: str) -> Signature:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request" or not all(parts):  # noqa: PLR2004 - the scope's four, after the key
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/aws4_request"
        )
    if not _SIGNATURE_FORM.fullmatch(signature):
        raise _incomplete("Signature must be 64 lower-case hexadecimal digits")
    names = tuple(headers.split(";"))
    if "host" not in names:
        raise _incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization")
    if list(names) != sorted(set(names)) or headers != headers.lower():
        raise _incomplete("SignedHeaders must be in lower case, sorted, and each there once")
    moment = _time(time)
    if parts[1] != f"{moment:%Y%m%d}":
        raise invalid_signature("Date in Credential scope does not match that of the request")
    return Signature(
        access_key=parts[0],
        day=parts[1],
        region=parts[2],
        service=parts[3],
        signed_headers=names,
        signature=signature,
        time=moment,
    )


def _check_covered(request: Request, signed: tuple[str, ...]) -> None:
    """All of Amazon's own headers must be signed: they say what is asked for, by whom and when."""
    present = {name for name, _ in request.headers}
    open_ones = sorted(name for name in present - set(signed) if name.startswith("x-amz-"))
    if open_ones:
        raise _incomplete(f"These headers were not signed: {', '.join(open_ones)}")
    if absent := sorted(set(signed) - present):
        raise _incomplete(f"These signed headers were not sent: {', '.join(absent)}")


def _signing_parameters(request: Request) -> dict[str, str]:
    """The parameters that sign a request; empty where it is not presigned."""
    found: dict[str, str] = {}
    for name, value in request.parameters():
        if not name.startswith("X-Amz-"):
            continue
        if name in found:
            raise _incomplete(f"{name} is there more than once")
        found[name] = value
    return found if "X-Amz-Signature" in found or "X-Amz-Credential" in found else {}


def _time(text: str) -> datetime:
    if _TIME_FORM.fullmatch(text):
        try:
            return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
        except ValueError:
            pass
    raise _incomplete("Date must be in ISO-8601 'basic format': YYYYMMDDTHHMMSSZ")


def _field(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise _incomplete(f"Authorization requires '{name}' parameter")
    return fields[name]


def _incomplete(message: str) -> ApiError:
    return ApiError(Code.INCOMPLETE_SIGNATURE, message)
