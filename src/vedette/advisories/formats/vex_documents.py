"""VEX documents of any of the three formats, told apart by what they say of themselves."""

import msgspec

from vedette.advisories.formats.vex_csaf import read_csaf
from vedette.advisories.formats.vex_cyclonedx import read_cyclonedx
from vedette.advisories.formats.vex_document import VexDocument
from vedette.advisories.formats.vex_openvex import read_openvex
from vedette.errors import ParseError

MOST_BYTES = 64 << 20
"""Larger documents are refused; the largest CSAF files of publishers have some 20 MiB."""


class _Kind(msgspec.Struct):
    context: msgspec.Raw = msgspec.field(name="@context", default=msgspec.Raw(b""))
    document: msgspec.Raw = msgspec.Raw(b"")
    bom_format: msgspec.Raw = msgspec.field(name="bomFormat", default=msgspec.Raw(b""))


def read_vex(data: bytes, name: str) -> VexDocument:
    """The statements of an OpenVEX, CSAF or CycloneDX document (JSON).

    Args:
        data: the whole document.
        name: what to call it where it gives itself no id, and in errors.

    Raises:
        ParseError: where it is none of the three, or cannot be read.
    """
    if len(data) > MOST_BYTES:
        raise ParseError(f"more than {MOST_BYTES} bytes").within(name)
    try:
        kind = msgspec.json.decode(data, type=_Kind)
        if kind.context:
            return read_openvex(data, name)
        if kind.bom_format:
            return read_cyclonedx(data, name)
        if kind.document:
            return read_csaf(data, name)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a VEX document: {error}").within(name) from error
    raise ParseError("not a VEX document: neither OpenVEX, CSAF nor CycloneDX").within(name)
