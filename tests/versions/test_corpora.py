"""Ordered versions of real packages, as other projects collected them.

The lines that are set aside say what that project's own comparer makes of a version, not what the ecosystem's tool does.
"""

import re
from pathlib import Path

import pytest

from tests.versions.test_oracles import answer
from vedette.errors import VersionError

_LINE = re.compile(r"(\S+) (<|=|==|>) (\S+)")
_SIGNS = {"<": -1, "=": 0, "==": 0, ">": 1}
_SCALIBR = "version-corpora/osv-scalibr"
_CLAIRCORE = "version-corpora/claircore"

CORPORA = (
    # (scheme, file, lines with a version that the scheme refuses, lines set aside)
    ("apk", f"{_SCALIBR}/alpine-versions.txt", 33, 0),
    ("apk", f"{_SCALIBR}/alpine-versions-generated.txt", 0, 0),
    # raw `version_compare` instead of Composer, which pads to four numbers first
    ("composer", f"{_SCALIBR}/packagist-versions.txt", 13, 1),
    ("composer", f"{_SCALIBR}/packagist-versions-generated.txt", 18, 10),
    ("cran", f"{_SCALIBR}/cran-versions.txt", 0, 0),
    ("cran", f"{_SCALIBR}/cran-versions-generated.txt", 0, 0),
    ("deb", f"{_SCALIBR}/debian-versions.txt", 0, 0),
    ("deb", f"{_SCALIBR}/debian-versions-generated.txt", 0, 0),
    ("gem", f"{_SCALIBR}/rubygems-versions.txt", 2, 0),
    ("gem", f"{_SCALIBR}/rubygems-versions-generated.txt", 0, 0),
    ("hackage", f"{_SCALIBR}/hackage-versions.txt", 0, 0),
    # what Maven did before it read `.RC1` as `-RC1` (MNG-7644)
    ("maven", f"{_SCALIBR}/maven-versions.txt", 0, 1),
    ("maven", f"{_SCALIBR}/maven-versions-generated.txt", 0, 18),
    ("maven", f"{_CLAIRCORE}/compare.list", 0, 1),
    ("nuget", f"{_SCALIBR}/nuget-versions.txt", 0, 0),
    # before PEP 440
    ("pep440", f"{_SCALIBR}/pypi-versions.txt", 11, 0),
    ("pep440", f"{_SCALIBR}/pypi-versions-generated.txt", 69, 0),
    # four numbers
    ("pub", f"{_SCALIBR}/pub-versions.txt", 1, 0),
    ("semver", f"{_SCALIBR}/semver-versions.txt", 1, 0),
    ("rpm", f"{_SCALIBR}/redhat-versions.txt", 0, 0),
    ("rpm", f"{_CLAIRCORE}/rpmvercmp", 0, 0),
)


@pytest.mark.parametrize(
    ("scheme", "corpus", "refused", "aside"),
    [pytest.param(*row, id=f"{row[0]}-{Path(row[1]).stem}") for row in CORPORA],
)
def test_corpus(shared: Path, scheme: str, corpus: str, refused: int, aside: int) -> None:
    no_version, different = [], []
    for line in (shared / "fixtures" / corpus).read_text().splitlines():
        if not (match := _LINE.fullmatch(line.strip())):
            continue
        left, operator, right = match.groups()
        try:
            said = answer(scheme, left, right)
        except VersionError:
            no_version.append(line)
            continue
        if said != _SIGNS[operator]:
            different.append(line)
    assert (len(no_version), len(different)) == (refused, aside), (no_version, different)
