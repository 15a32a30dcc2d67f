"""Writes the records of extractors that can be read without their modules; `--check` says whether they are as they would be written."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from vedette.inventory.catalogue.declared import DECLARED
from vedette.inventory.catalogue.installed import INSTALLED
from vedette.inventory.extractors._base import Extractor, Purpose

_FOLDER = Path(__file__).resolve().parents[1] / "src/vedette/inventory/catalogue"


def pages() -> dict[Path, str]:
    """The modules and their texts."""
    lists = {"installed": INSTALLED, "declared": DECLARED}
    return {_FOLDER / f"{name}_records.py": _page(name, lists[name]) for name in lists}


def _page(name: str, extractors: Iterable[Extractor]) -> str:
    with_purpose = ", Purpose" if name == "declared" else ""
    return "\n".join(
        (
            f'"""The extractors of `{name}` without their modules, so that a scan imports only what reads its files.',
            "",
            "Written by tools/generate_catalogue.py from that list: change it, then run it.",
            '"""',
            "",
            "from vedette.inventory.catalogue.deferred import deferred",
            f"from vedette.inventory.extractors._base import Extractor{with_purpose}",
            "",
            f"{name.upper()}_RECORDS: tuple[Extractor, ...] = (",
            *map(_record, extractors),
            ")",
            "",
        )
    )


def _record(extractor: Extractor) -> str:
    fields = [
        f"name={_quoted(extractor.name)}",
        f"version={extractor.version}",
        f"title={_quoted(extractor.title)}",
        f"patterns={_strings(extractor.patterns)}",
        f"limit={extractor.limit}",
        f"extract=deferred({_quoted(extractor.name)})",
    ]
    if extractor.purpose is not Purpose.INSTALLED:
        fields.append(f"purpose=Purpose.{extractor.purpose.name}")
    if extractor.part:
        fields.append(f"part={_quoted(extractor.part)}")
    return "\n".join(("    Extractor(", *(f"        {field}," for field in fields), "    ),"))


def _strings(values: tuple[str, ...]) -> str:
    if not values:
        return "()"
    if len(values) == 1:
        return f"({_quoted(values[0])},)"
    return "\n".join(("(", *(f"            {_quoted(value)}," for value in values), "        )"))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> int:
    """Write or check; 1 where what is checked is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        stale = [p for p, text in pages().items() if not p.is_file() or p.read_text() != text]
        for path in stale:
            print(f"{path.name} is stale: run tools/generate_catalogue.py")
        return int(bool(stale))
    for path, text in pages().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
