"""Golden cases of extractors: `extractors/<name>/<case>/tree/…` beside what is found in it.

Every file of a tree has `.case` after its name: a scan of a machine with a checkout must not take it for installed.
`python -m tests.inventory.golden` writes the expectations anew; the difference is for review.
"""

import sys
from pathlib import Path

import msgspec

from tests.simulators.tree import files_below
from vedette.errors import ParseError
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import DistroClaim, Extraction, Fault, FoundPackage, OwnedFiles
from vedette.inventory.index import compile_index

CASES = Path(__file__).parent / "extractors"
_SUFFIX = ".case"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an extractor gives for one file, as `expected.json` shows it."""

    error: str | None = None
    packages: tuple[dict[str, object], ...] = ()
    owned: tuple[dict[str, object], ...] = ()
    distro: DistroClaim | None = None
    repositories: tuple[str, ...] | None = None
    faults: tuple[Fault, ...] = ()


def cases(extractor: Extractor) -> list[Path]:
    return sorted(path for path in (CASES / extractor.name).glob("*") if path.is_dir())


def outcome(extractor: Extractor, case: Path) -> dict[str, Outcome]:
    """By path, for every file of the case that the extractor reads."""
    return {
        path: _extract(extractor, path, data)
        for path, data in files(case).items()
        if reads(extractor, path)
    }


def reads(extractor: Extractor, path: str) -> bool:
    """Whether a file of a case is read; where the extractor reads parts of programs, the files are such parts."""
    return bool(extractor.part or compile_index((extractor,)).lookup(path))


def files(case: Path) -> dict[str, bytes]:
    """The case's tree under its true names."""
    named = files_below(case / "tree").items()
    return {path.removesuffix(_SUFFIX): data for path, data in named if path.endswith(_SUFFIX)}


def is_malformed(found: dict[str, Outcome]) -> bool:
    return any(one.error or one.faults for one in found.values())


def as_json(found: dict[str, Outcome]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found, order="sorted"), indent=1) + b"\n"


def _extract(extractor: Extractor, path: str, data: bytes) -> Outcome:
    try:
        extraction = extractor.extract(FileInput(path=path, data=data))
    except ParseError as error:
        return Outcome(error=str(error))
    return _outcome(extraction)


def _outcome(extraction: Extraction) -> Outcome:
    return Outcome(
        packages=tuple(map(_package, extraction.packages)),
        owned=tuple(map(_owned, extraction.owned)),
        distro=extraction.distro,
        repositories=extraction.repositories,
        faults=extraction.faults,
    )


def _package(package: FoundPackage) -> dict[str, object]:
    """Its fields; the two that most packages do not have only where it has them."""
    fields = msgspec.structs.asdict(package)
    return {key: value for key, value in fields.items() if value or key not in _SELDOM}


_SELDOM = frozenset({"qualifiers", "dev", "within", "cpes", "checksums"})


def _owned(owned: OwnedFiles) -> dict[str, object]:
    fields = msgspec.structs.asdict(owned)
    return {**fields, "listing": owned.listing.decode("utf-8", "replace").splitlines()}


def main() -> None:
    for extractor in EXTRACTORS:
        for case in cases(extractor):
            (case / "expected.json").write_bytes(as_json(outcome(extractor, case)))
            sys.stdout.write(f"{extractor.name}/{case.name}\n")


if __name__ == "__main__":
    main()
