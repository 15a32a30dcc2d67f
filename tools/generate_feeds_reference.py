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

_NOT_READ = """
## What is not read, and why

Publishers give out the same facts in several forms. These are left out; the figures are of a mirror with parts of 2019 to 2026, compared pair by pair (package or release, flaw, mended version) with what is read.

| Original | What it has beyond what is read |
| --- | --- |
| Debian OVAL | nothing: of bullseye's 26,836 pairs 23,598 are the same, 2,504 say "not mended" as the tracker does, 496 name another version; the 238 others are, where looked at, of flaws mended long before the release (glibc 2.2, squid 2.5) |
| Ubuntu OVAL | nothing: of jammy's 1,776 pairs 1,410 are the tracker's; the tracker, release by release, calls 222 not affected and names a later version or another package's for 135 |
| Red Hat OVAL | nothing for packages: of RHEL 9's 753 pairs of update and flaw 737 have a version that is read, of RHEL 8's 4,539 4,493; the others are, where looked at, live patches of the kernel (`kpatch-patch-…`), which are not read |
| Red Hat CSAF advisories | nothing: of 52 pairs 51 are read from VEX, of one VEX has a later version |
| Red Hat's repository-to-CPE | which layered products a host may have; their packages are not judged yet |
| SUSE CVRF, OVAL | the same data as VEX in other forms; CVRF's licence forbids commercial use |
| Rocky and AlmaLinux errata, OVAL, updateinfo | 6 of Rocky's 1,476 updates are not among OSV's 1,493 |
| GHSA, PyPA, Go, RustSec, Bitnami, Haskell, R | OSV is their own format or export; OSV's archive of Bitnami, Go and RustSec is their repository |
| Node.js security working group | 8 of 166 pairs with a CVE, of 2014 to 2019; 285 have no CVE, so that nothing would join them to what others say |
| Retire.js | it names files of JavaScript (`jplayer`, `jquery.prettyPhoto`) that no package manager installs: 216 of its 479 pairs with an id are not read, some of them later than the mirror's copy of OSV; 384 have no id |
| GitLab's community copy | of 2022, superseded by GitHub's |
| Kubernetes, Microsoft, EUVD, CISA CSAF | components and systems that no inventory here has |
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
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows) + _NOT_READ


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
