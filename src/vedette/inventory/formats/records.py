"""Databases of many records, of which a bad one must not hide the good ones."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.inventory.found import Extraction, Fault, FoundPackage, OwnedFiles

_MOST_PACKAGES = 200_000
_MOST_FAULTS = 100
_NEWLINE = b"\n"
_MOST_LISTED = 256 << 20  # bytes of file lists

Record = TypeVar("Record")


def read_records(
    records: Iterable[tuple[str, Record]], read: Callable[[Record], Extraction]
) -> Extraction:
    """Read each (place, record), keeping what was unreadable as faults.

    Raises:
        ParseError: where there are records and none can be read, or where `records` itself raises.
        LimitError: where there are more packages or files than any machine has.
    """
    packages: list[FoundPackage] = []
    owned: list[OwnedFiles] = []
    faults: list[Fault] = []
    unread = listed = 0
    for place, record in records:
        try:
            extraction = read(record)
        except ParseError as error:
            unread += 1
            if unread <= _MOST_FAULTS:
                faults.append(Fault(place=place, reason=str(error)))
            continue
        packages += extraction.packages
        owned += extraction.owned
        listed += sum(len(files.listing) for files in extraction.owned)
        if len(packages) > _MOST_PACKAGES or listed > _MOST_LISTED:
            raise LimitError(
                f"more than {_MOST_PACKAGES} packages or {_MOST_LISTED} bytes of paths"
            )
    if faults and not packages:
        raise ParseError(faults[0].reason, faults[0].place)
    if unread > _MOST_FAULTS:
        faults.append(
            Fault(place="file", reason=f"{unread - _MOST_FAULTS} more unreadable records")
        )
    return Extraction(packages=tuple(packages), owned=tuple(owned), faults=tuple(faults))


def read_lines(data: bytes, read: Callable[[bytes], Extraction]) -> Extraction:
    """Read a file whose every line ends; where the last one does not, the file was cut off: a fault.

    The last line is then left out, since its value may be a part of one.

    Raises:
        ParseError: where nothing is left of a file that was cut off, or `read` raises.
    """
    end = data.rfind(b"\n") + 1
    extraction = read(data[:end])
    if end == len(data):
        return extraction
    fault = Fault(place=f"line {data[:end].count(_NEWLINE) + 1}", reason="the file is cut off")
    if not extraction.packages:
        raise ParseError(fault.reason, fault.place)
    return msgspec.structs.replace(extraction, faults=(*extraction.faults, fault))
