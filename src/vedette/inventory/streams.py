"""Red Hat's streams of extended support as ecosystems: `Red Hat:9.2:eus`, `Red Hat:7:els` (docs/adr/0058-streams-of-extended-support.md).

A list of repositories says of which major release a stream is, os-release of which minor one.
"""

import re
from collections.abc import Iterable

from vedette.model.distro import Distro

_STREAM = r"Red Hat:(?P<major>[0-9]+):(?P<stream>[a-z0-9]+)"
_RELEASE = r"(?P<major>[0-9]+)\.(?P<minor>[0-9]+)"
_OF_MAJOR_RELEASES = frozenset({"els"})


def stream_of(major: str, stream: str) -> str:
    """The ecosystem of a stream of a major release; that of a minor release has still to be placed."""
    return f"Red Hat:{major}:{stream}"


def placed(ecosystems: Iterable[str], distro: Distro | None) -> frozenset[str] | None:
    """The ecosystems with the host's minor release in the streams that are of one.

    A stream of another release than the host's is left out. None where the host's minor release would have to be known.
    """
    release = (
        re.match(_RELEASE, distro.version_id or "") if distro and distro.id == "rhel" else None
    )
    found: set[str] = set()
    for ecosystem in ecosystems:
        known = re.fullmatch(_STREAM, ecosystem)
        if known is None or known["stream"] in _OF_MAJOR_RELEASES:
            found.add(ecosystem)
        elif release is None:
            return None
        elif release["major"] == known["major"]:
            found.add(f"Red Hat:{release[0]}:{known['stream']}")
    return frozenset(found)
