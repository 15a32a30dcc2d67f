"""Writes docs/reference/feeds.md from the catalogue of feeds; `--check` says whether it is as it would be written."""

import argparse
import sys
from pathlib import Path

from vedette.advisories.catalogue import FEEDS

ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/reference/feeds.md"
_HEAD = """\
<!-- Written by tools/generate_feeds_reference.py from the catalogue: change that, then run it. -->

# Feeds

What `vedette db update` reads. A mirror holds the same documents at the paths below, relative to its root; they may be
compressed with gzip, bzip2, xz or zstd whatever their names say. `local` is your own: it is read only where it is asked for
(`--feeds local --mirror DIR`).

| Feed | Publisher | Documents in a mirror | Licence |
| --- | --- | --- | --- |
"""


def feeds() -> str:
    """The page."""
    rows = (
        (
            f"`{feed.name}`",
            feed.title,
            "<br>".join(f"`{pattern}`" for pattern in feed.mirrored),
            feed.licence,
        )
        for feed in FEEDS
    )
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> int:
    """Write or check the page; 1 where it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    path = ROOT / PAGE
    if parser.parse_args().check:
        fresh = path.is_file() and path.read_text("utf-8") == feeds()
        return 0 if fresh else 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(feeds(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
