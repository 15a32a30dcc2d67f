"""Inventories as SBOM documents."""

from collections.abc import Callable
from functools import partial

import msgspec

from vedette.model.inventory import Inventory


def _cyclonedx(inventory: Inventory, version: str) -> bytes:
    from vedette.inventory.sbom.cyclonedx import write_version  # noqa: PLC0415 - one format a run

    return write_version(inventory, version)


def _spdx(inventory: Inventory) -> bytes:
    from vedette.inventory.sbom.spdx import write  # noqa: PLC0415 - as above

    return write(inventory)


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
        write=partial(_cyclonedx, version="1.5"),
    ),
    SbomFormat(
        name="cyclonedx-1.4",
        title="CycloneDX 1.4 JSON",
        media_type="application/vnd.cyclonedx+json; version=1.4",
        write=partial(_cyclonedx, version="1.4"),
    ),
    SbomFormat(
        name="cyclonedx-1.6",
        title="CycloneDX 1.6 JSON",
        media_type="application/vnd.cyclonedx+json; version=1.6",
        write=partial(_cyclonedx, version="1.6"),
    ),
    SbomFormat(
        name="spdx",
        title="SPDX 2.3 JSON",
        media_type="application/spdx+json; version=2.3",
        write=_spdx,
    ),
)
