"""SBOMs within attestations: in-toto statements, bare or in a DSSE envelope (in-toto/attestation, "Statement"; DSSE 1.0.2).

Signatures are not checked: a document is believed because it was named, with or without one.
"""

import base64

import msgspec

from vedette.errors import ParseError

_STATEMENT = "https://in-toto.io/Statement/"
_PAYLOAD = "application/vnd.in-toto+json"
_KINDS = (
    "https://cyclonedx.org/bom",
    "https://spdx.dev/Document",
    "cosign.sigstore.dev/attestation/",
)
_DEEPEST = 3  # an envelope, a statement, and what cosign has in its own


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    payload_type: str | None = None
    payload: str | None = None
    type: str | None = msgspec.field(name="_type", default=None)
    predicate_type: str | None = None
    predicate: msgspec.Raw = msgspec.Raw()


_DECODER = msgspec.json.Decoder(_Document)


def unwrapped(data: bytes) -> bytes:
    """The SBOM in an attestation; any other JSON document as it is.

    Raises:
        ParseError: where it is an attestation of something else, or damaged.
    """
    for _ in range(_DEEPEST):
        try:
            document = _DECODER.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return data  # whoever reads it says what is wrong with it
        match document:
            case _Document(payload=str(payload), payload_type=str(kind)):
                data = _payload(payload, kind)
            case _Document(type=str(kind), predicate=msgspec.Raw() as predicate) if kind.startswith(
                _STATEMENT
            ):
                data = _predicate(document.predicate_type or "", predicate)
            case _:
                return data
    return data


def _payload(payload: str, kind: str) -> bytes:
    if kind != _PAYLOAD:
        raise ParseError(f"an envelope of {kind[:100]!r}, not of an in-toto statement")
    try:
        return base64.b64decode(payload, validate=True)
    except ValueError as error:
        raise ParseError(f"an envelope whose payload is no base64: {error}") from error


def _predicate(kind: str, predicate: msgspec.Raw) -> bytes:
    if not kind.startswith(_KINDS) and not kind.removeprefix("https://").startswith(_KINDS):
        raise ParseError(f"an attestation of {kind[:100]!r}, not of an SBOM")
    return bytes(predicate)
