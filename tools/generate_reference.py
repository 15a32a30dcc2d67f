"""Writes the pages and templates that come from elsewhere in the repository: `python -m tools.generate_reference [--check]`.

To add a page, write a function that gives its text and list it in PAGES.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path

from tools.role_templates import TEMPLATES
from vedette.integrations import REPORTS, SCAN_FORMATS
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.matching.ecosystems import ECOSYSTEMS

ROOT = Path(__file__).resolve().parents[1]
_USAGE = re.compile("^Usage: ((?:[a-z-]+ )+)")
_NOTE = "<!-- Written by tools/generate_reference.py from the catalogues: change these, then run `make docs`. -->"


def extractors() -> str:
    """The page of package formats."""
    rows = (
        (
            f"`{extractor.name}`",
            extractor.title,
            "<br>".join(f"`{pattern}`" for pattern in extractor.patterns)
            or "any program (ELF, PE, Mach-O)",
            f"{_size(extractor.limit)}",
            extractor.purpose.value,
            str(extractor.version),
        )
        for extractor in EXTRACTORS
    )
    return page(
        "What is read in a target",
        "A file is read where its path matches; a larger one than the limit is a failure, shown with the results. "
        "The version is part of every cache key. Images, root file systems and functions are read for what is installed, source "
        "repositories for what they declare.",
        table(("Extractor", "Reads", "Paths", "Limit", "Packages are", "Version"), rows),
    )


def ecosystems() -> str:
    """The page of matching's rules."""
    rows = (
        (
            f"`{rule.name}`",
            ", ".join(rule.covers),
            " ".join(
                (import_module(rule.lookups.__module__).__doc__ or "").partition("\n\n")[0].split()
            ),
        )
        for rule in ECOSYSTEMS
    )
    return page(
        "How ecosystems are judged",
        "The rule of a package follows from its ecosystem. What no rule covers is not judged, and the results say so. "
        "How a rule's answers become findings is told in [How matching decides](../explanation/matching.md).",
        table(("Rule", "Ecosystems", "Judges"), rows),
    )


def report_formats() -> str:
    """The page of report formats."""
    reports = (
        (f"`{one.name}`", one.title, f"`{one.media_type}`", f"`{one.suffix}`") for one in REPORTS
    )
    scans = ((f"`{one.name}`", one.title, f"`{one.media_type}`") for one in SCAN_FORMATS)
    return page(
        "Formats of reports",
        "## Findings",
        "`vedette findings export --format`. What each is for, and what it leaves out, is told in "
        "[Export findings](../how-to/export-findings.md).",
        table(("Format", "Is", "Media type", "Suffix"), reports),
        "## Scans",
        "`vedette scan KIND TARGET --format`, besides `table`.",
        table(("Format", "Is", "Media type"), sorted(scans)),
    )


def commands() -> str:
    """The page of the command line: the help texts, which a test holds against the commands."""
    texts = sorted((ROOT / "tests/cli/help").glob("*.txt"), key=lambda path: path.stem.split("-"))
    return page(
        "Commands",
        "What `--help` says of each. Settings that have no flag, and what the exit statuses mean, are told in [Settings](settings.md).",
        *(
            f"## {_USAGE.findall(text)[0].strip()}\n\n```text\n{text.rstrip()}\n```"
            for text in (path.read_text() for path in texts)
        ),
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/reference/commands.md": commands,
    "docs/reference/ecosystems.md": ecosystems,
    "docs/reference/extractors.md": extractors,
    "docs/reference/report-formats.md": report_formats,
    **TEMPLATES,
}


def page(title: str, *parts: str) -> str:
    """A page with the note that it is generated."""
    return "\n\n".join((_NOTE, f"# {title}", *parts)) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def stale(root: Path = ROOT) -> list[str]:
    """The pages that are missing or differ from what would be written."""
    return [
        name
        for name, write in PAGES.items()
        if not (root / name).is_file() or (root / name).read_text() != write()
    ]


def _size(count: int) -> str:
    for unit, bits in (("MiB", 20), ("KiB", 10)):
        if count % (1 << bits) == 0:
            return f"{count >> bits} {unit}"
    return f"{count} bytes"


def main() -> int:
    """Write or check every page; 1 where a checked page is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        for name in stale():
            print(f"{name} is stale: run `make docs`")
        return 1 if stale() else 0
    for name, write in PAGES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write())
    return 0


if __name__ == "__main__":
    sys.exit(main())
