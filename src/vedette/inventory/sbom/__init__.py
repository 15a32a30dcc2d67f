"""Inventories as SBOM documents."""

from collections.abc import Callable

import msgspec

from vedette.inventory.sbom import cyclonedx, spdx
from vedette.model.inventory import Inventory


class SbomFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A format by its name on the command line; `write` gives the document's bytes, the same for equal inventories."""

    name: str
    title: str
    media_type: str
    write: Callable[[Inventory], bytes]


SBOM_FORMATS: tuple[SbomFormat, ...] = (
    SbomFormat(
        name="cyclonedx",
        title="CycloneDX 1.5 JSON",
        media_type="application/vnd.cyclonedx+json; version=1.5",
        write=cyclonedx.write_1_5,
    ),
    SbomFormat(
        name="cyclonedx-1.4",
        title="CycloneDX 1.4 JSON",
        media_type="application/vnd.cyclonedx+json; version=1.4",
        write=cyclonedx.write_1_4,
    ),
    SbomFormat(
        name="cyclonedx-1.6",
        title="CycloneDX 1.6 JSON",
        media_type="application/vnd.cyclonedx+json; version=1.6",
        write=cyclonedx.write_1_6,
    ),
    SbomFormat(
        name="spdx",
        title="SPDX 2.3 JSON",
        media_type="application/spdx+json; version=2.3",
        write=spdx.write,
    ),
)
