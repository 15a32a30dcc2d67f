"""Databases of many records, of which a bad one must not hide the good ones."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from vedette.errors import LimitError, ParseError
from vedette.inventory.found import Extraction, Fault, FoundPackage, OwnedFiles

_MOST_PACKAGES = 200_000
_MOST_FAULTS = 100

Record = TypeVar("Record")


def read_records(
    records: Iterable[tuple[str, Record]], read: Callable[[Record], Extraction]
) -> Extraction:
    """Read each (place, record), keeping what was unreadable as faults.

    Raises:
        ParseError: where there are records and none can be read, or where `records` itself raises.
        LimitError: where there are more packages than any machine has.
    """
    packages: list[FoundPackage] = []
    owned: list[OwnedFiles] = []
    faults: list[Fault] = []
    unread = 0
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
        if len(packages) > _MOST_PACKAGES:
            raise LimitError(f"more than {_MOST_PACKAGES} packages")
    if faults and not packages:
        raise ParseError(faults[0].reason, faults[0].place)
    if unread > _MOST_FAULTS:
        faults.append(
            Fault(place="file", reason=f"{unread - _MOST_FAULTS} more unreadable records")
        )
    return Extraction(packages=tuple(packages), owned=tuple(owned), faults=tuple(faults))
