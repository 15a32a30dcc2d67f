"""Golden cases of SBOM documents: `cases/<format>/document.case` beside what is read of it.

`python -m tests.inventory.sbom.golden` writes the expectations anew; the difference is for review.
"""

import sys
from pathlib import Path

import msgspec

from vedette.errors import ParseError
from vedette.inventory.sbom.reading import read_sbom
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef, ResourceType

CASES = Path(__file__).parent / "cases"
_REF = ResourceRef(type=ResourceType.LOCAL, id="sbom")


def cases() -> list[Path]:
    return sorted(path for path in CASES.iterdir() if path.is_dir())


def document(case: Path) -> bytes:
    return (case / "document.case").read_bytes()


def read(data: bytes) -> Inventory:
    return read_sbom(data, _REF)


def as_json(case: Path) -> bytes:
    """The inventory, or the error, as `expected.json` shows it."""
    try:
        found = _shown(read(document(case)))
    except ParseError as error:
        found = {"error": str(error)}
    return msgspec.json.format(msgspec.json.encode(found, order="sorted"), indent=1) + b"\n"


def _shown(inventory: Inventory) -> dict[str, object]:
    distro = inventory.distro
    return {
        "distro": f"{distro.id} {distro.version_id}" if distro else None,
        "failures": [f"{failure.path}: {failure.reason}" for failure in inventory.failures],
        "packages": [
            {
                "purl": package.purl,
                "ecosystem": package.ecosystem,
                "licenses": package.licenses,
                "locations": [location.path for location in package.locations],
            }
            for package in inventory.packages
        ],
    }


def main() -> None:
    for case in cases():
        (case / "expected.json").write_bytes(as_json(case))
        sys.stdout.write(f"{case.name}\n")


if __name__ == "__main__":
    main()
