"""JSON files, strictly typed."""

from typing import TypeVar

import msgspec

from vedette.errors import ParseError

_BOM = b"\xef\xbb\xbf"

Decoded = TypeVar("Decoded")


def decode(decoder: msgspec.json.Decoder[Decoded], data: bytes | msgspec.Raw, what: str) -> Decoded:
    """Decode a document, or a part of one.

    Raises:
        ParseError: where it is no JSON, not of the decoder's type, or nested too deeply.
    """
    try:
        return decoder.decode(data if isinstance(data, msgspec.Raw) else data.removeprefix(_BOM))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ParseError(f"not {what}: {error}") from error
    except RecursionError as error:
        raise ParseError("nested too deeply") from error
