"""Print which versions of which packages the starter set has CVEs for: the tables of its README.

`python tools/starter_table.py` prints it, `--write` puts it in its place.
"""

import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

STARTER = Path(__file__).resolve().parents[1] / "src/vedette/advisories/starter"
_FILES = ("amazon", "debian", "ubuntu", "alpine", "pypi", "npm")

_INTRODUCTION = """# The starter set

A small, dated set of facts about well-known vulnerabilities, so that vedette can show something where neither the
publishers nor a mirror can be reached. It is no substitute for the feeds: every use of it is announced, and its
database says so. Identifiers, dates, version ranges, CVSS vectors and scores are facts from the publishers' data of the
days named in each file; every sentence is the project's own.

- `cves.toml`: what is known of each CVE (summary, weaknesses, vectors, EPSS, KEV).
- `amazon.toml` (Amazon Linux 2023), `debian.toml` (11 and 12), `ubuntu.toml` (22.04), `alpine.toml` (3.18), `pypi.toml`,
  `npm.toml`: who is affected.

A package version below the one in the second column (and, where the third column says so, from some version on) has the
CVEs in the last. Debian, Ubuntu and Alpine go by source package, Amazon Linux by binary package. The tables are written
by `tools/starter_table.py --write` and hold nothing that the files do not say.
"""


def main() -> None:
    """Print or write the README."""
    text = render()
    if "--write" in sys.argv[1:]:
        (STARTER / "README.md").write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def render() -> str:
    """The whole README."""
    tables: dict[str, dict[tuple[str, str, str], list[str]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for name in _FILES:
        document = tomllib.loads((STARTER / f"{name}.toml").read_text(encoding="utf-8"))
        for advisory in document["advisory"]:
            _add(tables, document, advisory)
    parts = [_INTRODUCTION]
    for ecosystem in sorted(tables):
        parts += [f"\n## {ecosystem}\n\n| package | below | from | CVEs |\n|---|---|---|---|\n"]
        parts += [
            f"| {package} | {fixed} | {introduced} | {', '.join(ids)} |\n"
            for (package, fixed, introduced), ids in sorted(tables[ecosystem].items())
        ]
    return "".join(parts)


def _add(tables: Any, document: dict[str, Any], advisory: dict[str, Any]) -> None:
    ids = advisory.get("related") or [
        alias for alias in advisory.get("aliases", [advisory["id"]]) if alias.startswith("CVE-")
    ]
    for row in advisory["affected"]:
        if row.get("status") == "not_affected":
            continue
        table = tables[row.get("release", document.get("ecosystem"))]
        key = (
            _packages(row["names"]),
            _end(row),
            row.get("introduced", ""),
        )
        table[key] += [cve for cve in ids if cve not in table[key]]


def _end(row: dict[str, Any]) -> str:
    if "last_affected" in row:
        return f"(up to and with {row['last_affected']})"
    return str(row.get("fixed", f"({row.get('state', 'no fix')})"))


def _packages(names: list[str]) -> str:
    """Names that share a line, the shortest first, cut after a dozen."""
    shown = sorted(names, key=lambda name: (len(name), name))
    more = len(shown) - 12
    return ", ".join(shown[:12]) + (f" and {more} more" if more > 0 else "")


if __name__ == "__main__":
    main()
