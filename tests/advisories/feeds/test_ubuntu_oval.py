"""Ubuntu's two prints of one fact: what the tracker says is what the OVAL of its notices says, but for differences that are known.

A notice names every flaw of every release that it is for; the tracker judges release by release. So the tracker may say "not
affected" where the OVAL has a fix; where a fix had to be mended, the tracker names the later one; it drops what was rejected.
"""

import bz2
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from defusedxml.ElementTree import iterparse

from vedette.advisories.feeds import ubuntu
from vedette.advisories.feeds._base import LocalDocument
from vedette.model.advisory import Advisory, AffectedStatus

_NAME = "ubuntu/ubuntu-cve-tracker-master.tar.xz"
_CHANNELS = ("Ubuntu:22.04", "Ubuntu:Pro:22.04")


def _fixes(path: Path) -> Iterator[tuple[str, str]]:
    """CVE and the version that mends it, by the notices (livepatches are other builds)."""
    tests: dict[str, str] = {}
    states: dict[str, str] = {}
    notices: list[tuple[list[str], list[str]]] = []
    with bz2.open(path) as stream:
        for _, element in iterparse(stream):
            match element.tag.rpartition("}")[2]:
                case "definition":
                    ids = [
                        one.get("ref_id", "") for one in element.iter() if "reference" in one.tag
                    ]
                    refs = [one.get("test_ref", "") for one in element.iter()]
                    if ids and ids[0].startswith("USN"):
                        cves = [name for name in ids if name.startswith("CVE")]
                        notices.append((cves, [ref for ref in refs if ref]))
                    element.clear()
                case "dpkginfo_test":
                    found = [one.get("state_ref", "") for one in element]
                    tests[element.get("id", "")] = next(filter(None, found), "")
                case "dpkginfo_state":
                    states[element.get("id", "")] = (element[0].text or "").removeprefix("0:")
                case _:
                    pass
    for cves, refs in notices:
        versions = {states[tests[ref]] for ref in refs if tests.get(ref) in states}
        yield from ((cve, version) for cve in cves for version in versions)


def _kind(advisory: Advisory | None, version: str) -> str:
    if advisory is None:
        return "no record"
    if advisory.withdrawn is not None:
        return "rejected"
    rows = [one for one in advisory.affected if one.ecosystem in _CHANNELS]
    fixed = {run.fixed for one in rows for run in one.ranges if run.fixed}
    if version in fixed:
        return "same"
    if fixed:
        return "another version"
    denied = any(one.status is AffectedStatus.NOT_AFFECTED for one in rows)
    return "not affected" if denied else "open" if rows else "no row"


@pytest.mark.slow
def test_the_tracker_and_the_notices_agree(shared: Path) -> None:
    records: dict[str, Advisory] = {}
    for one in ubuntu.FEED.read(LocalDocument(name=_NAME, path=shared / "feeds" / _NAME)):
        if isinstance(one, Advisory):
            records[one.id] = one
    kinds: Counter[str] = Counter()
    named: defaultdict[str, list[str]] = defaultdict(list)
    path = shared / "feeds/ubuntu/oval/com.ubuntu.jammy.usn.oval.xml.bz2"
    for cve, version in sorted(set(_fixes(path))):
        kind = _kind(records.get(cve), version)
        kinds[kind] += 1
        named[kind].append(cve)
    assert kinds == {
        "same": 1410,
        "not affected": 222,
        "another version": 135,
        "rejected": 7,
        "no row": 1,  # of a package that the tracker no longer has in this release
        "open": 1,  # the notice's update did not mend it after all
    }, {kind: names[:20] for kind, names in named.items() if kind != "same"}
