"""Writes docs/reference/api-coverage.md from the operations' catalogues; `--check` says whether it is as it would be written."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from vedette.api.access import changes_nothing
from vedette.api.call import Note, Support
from vedette.api.operations import NOTES, SERVICES
from vedette.api.service_model import load_service

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "api-coverage.md"
_TITLES: Mapping[str, str] = {
    "inspector2": "Inspector2",
    "inspector-scan": "Inspector Scan",
    "inspector": "Inspector Classic",
}
_HEAD = """<!-- Written by tools/generate_api_reference.py from the operations' catalogues: change these, then run it. -->

# API coverage

Every operation of the service models that botocore has. All are routed, validated and answered or refused according to the model.
"Truthfully empty" is a right answer: vedette has no such thing, and says so by an empty list. "Refused" names a modelled exception and says why. Who has the
role reader may call what reads.
"""
_ABSENT = Note(support=Support.REFUSED, why="Not done yet")
_WORKS = Note(support=Support.WORKS, why="")


def page() -> str:
    """The whole page."""
    return "\n".join((_HEAD, *(line for name in SERVICES for line in _service(name))))


def _service(name: str) -> Iterator[str]:
    notes = {one: _note(name, one) for one in sorted(load_service(name).operations)}
    counts = Counter(note.support for note in notes.values())
    told = ", ".join(f"{counts[one]} {_said(one, counts[one])}" for one in Support if counts[one])
    yield f"## {_TITLES[name]}"
    yield ""
    yield f"{len(notes)} operations: {told}."
    yield ""
    yield "| operation | | role | |"
    yield "|---|---|---|---|"
    for operation, note in notes.items():
        role = "reader" if changes_nothing(name, operation) else "admin"
        yield f"| {operation} | {note.support} | {role} | {_cell(note.why)} |"
    yield ""


def _said(support: Support, count: int) -> str:
    return "work" if support is Support.WORKS and count != 1 else str(support)


def _note(service: str, operation: str) -> Note:
    if operation not in SERVICES[service]:
        return _ABSENT
    return NOTES[service].get(operation, _WORKS)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it differs")
    if parser.parse_args().check:
        if _PAGE.read_text() == page():
            return 0
        print(f"{_PAGE.name} is not what its catalogues say: run tools/generate_api_reference.py")
        return 1
    _PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
