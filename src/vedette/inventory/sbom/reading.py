"""SBOM documents in, whatever their format."""

from vedette.errors import LimitError, ParseError
from vedette.inventory.sbom.attestation import unwrapped
from vedette.inventory.sbom.read_cyclonedx import read_cyclonedx_json, read_cyclonedx_xml
from vedette.inventory.sbom.read_spdx import read_spdx_json, read_spdx_tags
from vedette.inventory.sbom.stated import inventory_of
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef

_BOM = b"\xef\xbb\xbf"
_MOST = 256 << 20
_HEAD = 4096


def read_sbom(data: bytes, resource: ResourceRef) -> Inventory:
    """The inventory that a document states: CycloneDX 1.2 to 1.6 (JSON, XML) or SPDX 2.2 and 2.3 (JSON, tag-value).

    JSON may be within an in-toto attestation. A component that makes no package is among the failures, and the rest is there. Nothing of it is checked against the software
    that the document speaks of.

    Args:
        data: the document.
        resource: what it is of.

    Raises:
        ParseError: where it is none of these.
        LimitError: where it is larger than 256 MiB, or has more than half a million components.
    """
    if len(data) > _MOST:
        raise LimitError(f"{len(data)} bytes, more than {_MOST}")
    content = data.removeprefix(_BOM).lstrip()
    if content.startswith(b"<"):
        return inventory_of(read_cyclonedx_xml(content), resource)
    if content.startswith(b"{"):
        content = unwrapped(content)
        read = read_cyclonedx_json if b'"bomFormat"' in content else read_spdx_json
        return inventory_of(read(content), resource)
    if b"SPDXVersion:" in content[:_HEAD]:
        return inventory_of(read_spdx_tags(content), resource)
    raise ParseError("neither a CycloneDX nor an SPDX document")
