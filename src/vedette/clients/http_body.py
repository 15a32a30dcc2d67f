"""Reading one reply: which part of a document it is, and its bytes, decoded where the server insists on coding."""

import re
import zlib
from collections.abc import Iterator

import httpx

from vedette.clients.http_policy import failure, safe_url
from vedette.clients.partial import Origin, Partial, Validators

_CHUNK = 1 << 16
_GZIP_NAMES = (".gz", ".tgz")
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")


def conditions(
    url: str, state: Validators | None, sha256: str | None, partial: Partial
) -> dict[str, str]:
    """Request headers: only if it changed since `state`; only what is missing from the part.

    Bytes are continued if the server can promise that they are of the same version (`If-Range`), or a known
    sha256 will tell.
    """
    headers = {}
    if state and state.etag:
        headers["if-none-match"] = state.etag
    if state and state.last_modified:
        headers["if-modified-since"] = state.last_modified
    origin = partial.origin() if partial.size else None
    if origin is None or origin.url != safe_url(url):
        return headers
    if origin.validators.if_range:
        headers["if-range"] = origin.validators.if_range
    if origin.validators.if_range or sha256:
        headers["range"] = f"bytes={partial.size}-"
    return headers


def position(response: httpx.Response, url: str, partial: Partial, *, asked: bool) -> bool:
    """Bring the part to where the reply's body begins; False where the reply fits nowhere."""
    if response.status_code == httpx.codes.OK:
        identity = not _coding(response)
        origin = Origin(url=safe_url(url), validators=validators_of(response))
        partial.begin(origin if identity else None)
        return True
    if response.status_code != httpx.codes.PARTIAL_CONTENT or not asked or _coding(response):
        return False
    etag = response.headers.get("etag")
    found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    same = etag is None or etag == partial.validators.etag
    return found is not None and int(found[1]) == partial.size and same


def validators_of(response: httpx.Response) -> Validators:
    """What the reply gives for the next conditional request; overlong values are dropped."""
    etag = response.headers.get("etag", "")
    modified = response.headers.get("last-modified", "")
    return Validators(etag=_short(etag), last_modified=_short(modified))


def content_length(response: httpx.Response) -> int:
    """The length that the reply claims for its body; 0 where it claims none."""
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0  # noqa: PLR2004 - an int64


def expected_size(response: httpx.Response, have: int) -> int | None:
    """The size of the whole document, None where the reply does not say."""
    length = content_length(response)
    return have + length if length and not _coding(response) else None


def decoded(url: str, response: httpx.Response) -> Iterator[bytes]:
    """The body's pieces. Only `identity` is asked for; a gzip coding is undone unless the name is a `.gz` file's.

    (Some servers describe a stored `.gz` file as a coding of its content; what is wanted is the file.)

    Raises:
        ServiceError: another coding, or a broken one.
    """
    coding = _coding(response)
    named = url.split("?", 1)[0].endswith(_GZIP_NAMES) or response.url.path.endswith(_GZIP_NAMES)
    raw = response.iter_raw()
    if not coding or (coding == "gzip" and named):
        return raw
    if coding == "gzip":
        return _gunzipped(url, raw)
    raise failure(url, "encoding", f"a content coding that was not asked for: {coding[:40]!r}")


def _gunzipped(url: str, raw: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=31)
    try:
        for data in raw:
            rest = data
            while rest and not inflater.eof:
                yield inflater.decompress(rest, _CHUNK)
                rest = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise failure(url, "encoding", f"gzip: {error}") from error
    if not inflater.eof:
        raise failure(url, "encoding", "gzip: the body ends early")


def _coding(response: httpx.Response) -> str:
    coding = str(response.headers.get("content-encoding", "")).strip().lower()
    return {"identity": "", "x-gzip": "gzip"}.get(coding, coding)


def _short(value: str) -> str | None:
    return value if 0 < len(value) <= 1024 else None  # noqa: PLR2004 - no server's validator is longer
