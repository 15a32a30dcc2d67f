"""Stack's `stack.yaml.lock`: https://docs.haskellstack.org/en/stable/topics/lock_files/.

It locks what `stack.yaml` adds to its snapshot; the snapshot's own packages are not in the file.
"""

import re
from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, from_url, from_vcs, read_declared
from vedette.inventory.formats.yaml_blocks import Node, items, read_yaml, scalar
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_HACKAGE = re.compile(r"([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)-([0-9]+(?:\.[0-9]+)*)(?:@.*)?")

_package = Declarer(kind=PackageKind.HACKAGE, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    document = read_yaml(file.data)
    if "packages" not in document:
        raise ParseError("not a stack.yaml.lock: no packages")
    return read_declared(_entries(document), _read)


def _entries(document: Node) -> Iterator[tuple[str, object]]:
    for number, item in enumerate(items(document, "packages"), 1):
        yield f"package {number}", item.get("completed") if isinstance(item, dict) else item


def _read(entry: object) -> FoundPackage:
    if not isinstance(entry, dict):
        raise ParseError("nothing completed")
    if hackage := scalar(entry, "hackage"):
        match = _HACKAGE.fullmatch(hackage)
        if match is None:
            raise ParseError(f"not NAME-VERSION: {hackage[:80]!r}")
        return _package(match[1], match[2])
    address = scalar(entry, "git") or scalar(entry, "hg")
    if address:
        origin = from_vcs(address, scalar(entry, "commit"))
    else:
        origin = from_url(scalar(entry, "url") or scalar(entry, "archive") or "")
    return _package(scalar(entry, "name"), scalar(entry, "version"), origin=origin)


EXTRACTOR = Extractor(
    name="stack_lock",
    version=1,
    title="Stack lock files (Haskell)",
    patterns=("**/stack.yaml.lock",),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
