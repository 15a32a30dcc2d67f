"""What the network says of a resource, as far as it matters for its flaws."""

from enum import StrEnum

import msgspec

from vedette.findings.services import from_internet
from vedette.model.network import Exposure, Transport, UnknownReach

_JUDGED = (Transport.TCP, Transport.UDP)


class Reach(StrEnum):
    """From where a resource can be reached; `UNKNOWN` is an answer too."""

    INTERNET = "internet"
    SOME_SOURCES = "some-sources"
    INSIDE = "inside"
    UNKNOWN = "unknown"


class ResourceExposure(msgspec.Struct, frozen=True, kw_only=True):
    """All that the reachability analysis found for one resource; both empty means that nothing reaches it."""

    exposures: tuple[Exposure, ...] = ()
    unknown: tuple[UnknownReach, ...] = ()


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """From where the resource can be reached, and the exposure or the gap that shows it."""

    reach: Reach
    exposure: Exposure | None = None
    unknown: UnknownReach | None = None


def reached(found: ResourceExposure | None) -> Reached:
    """The widest way from the internet to any TCP or UDP port; `UNKNOWN` where something on the way was not judged.

    A way that only some sources can take is no proof that others cannot, where something is unknown; it still counts
    as what it is.
    """
    if found is None:
        return Reached(reach=Reach.UNKNOWN)
    ways = [one for one in found.exposures if from_internet(one) and one.transport in _JUDGED]
    if ways:
        widest = max(ways, key=_width)
        reach = Reach.INTERNET if is_whole(widest) else Reach.SOME_SOURCES
        return Reached(reach=reach, exposure=widest)
    if found.unknown:
        return Reached(reach=Reach.UNKNOWN, unknown=found.unknown[0])
    return Reached(reach=Reach.INSIDE)


def is_whole(exposure: Exposure) -> bool:
    """Whether any address of the edge's family is a source."""
    return exposure.whole or not {"0.0.0.0/0", "::/0"}.isdisjoint(exposure.sources)


def _width(exposure: Exposure) -> tuple[bool, bool, int, str, tuple[int, int]]:
    ports = (-exposure.ports.begin, exposure.ports.end)
    return is_whole(exposure), exposure.return_path, len(exposure.sources), exposure.edge, ports
