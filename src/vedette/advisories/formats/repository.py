"""An rpm repository's own index: `repodata/repomd.xml`, which names its `updateinfo` and the file's checksum."""

from xml.etree.ElementTree import ParseError as XmlError  # noqa: TID251 - the type of what defusedxml raises

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from vedette.errors import ParseError

_REPO = "{http://linux.duke.edu/metadata/repo}"
_SHA256_LENGTH = 64


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the index lists: its path below the repository, and its sha256 where the index has that one."""

    href: str
    sha256: str | None


def updateinfo_of(repomd: bytes) -> Listed | None:
    """Where the repository's advisories are; None where it has none.

    Raises:
        ParseError: where the index cannot be read, or gives a path that leaves the repository.
    """
    try:
        root = fromstring(repomd, forbid_dtd=True)
    except (XmlError, DefusedXmlException, ValueError) as error:
        raise ParseError(f"not a readable repomd.xml: {error}") from error
    for data in root.iterfind(f"{_REPO}data"):
        if data.get("type") != "updateinfo":
            continue
        location = data.find(f"{_REPO}location")
        href = "" if location is None else location.get("href", "")
        if not href or href.startswith("/") or ".." in href.split("/") or ":" in href:
            raise ParseError(f"not a path in the repository: {href[:80]!r}")
        return Listed(href=href, sha256=_sha256(data.find(f"{_REPO}checksum")))
    return None


def _sha256(checksum: object) -> str | None:
    kind = getattr(checksum, "get", lambda _name: None)("type")
    text = (getattr(checksum, "text", None) or "").strip().lower()
    return text if kind == "sha256" and len(text) == _SHA256_LENGTH else None
