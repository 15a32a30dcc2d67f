"""Not knowing is not mending."""

import pytest

from tests.findings.make import INSTANCE, NOW, exposure, finding, vulnerability, vulnerable
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.findings.carry import carried
from vedette.findings.lifecycle import reconcile
from vedette.matching.match import MatchResult, match_inventory
from vedette.model.advisory import Advisory
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.inventory import Inventory

_KNOWN = finding(vulnerability(id="CVE-2024-0001", aliases=("GHSA-1",)))
_ELSEWHERE = advisory("GHSA-9", affected("npm", "other", "[0,1.0.0)"))
_PARSED = advisory("GHSA-1", affected("PyPI", "lib", "[0,2.0)"), aliases=("CVE-2024-0001",))
_ODD = advisory("PYSEC-1", affected("PyPI", "lib", "[0,two)"), aliases=("GHSA-1",))


def _result(version: str | None, *records: Advisory) -> MatchResult:
    packages = () if version is None else (package("PyPI", "lib", version),)
    inventory = Inventory(resource=INSTANCE.ref, distro=None, packages=packages)
    return match_inventory(inventory, MemoryIndex(records))


@pytest.mark.parametrize(
    ("version", "records", "kept"),
    [
        ("1.0", (_ELSEWHERE,), True),  # the database knows nothing of PyPI any more
        ("1.1", (_ELSEWHERE,), True),  # nor would it of another version
        (None, (_ELSEWHERE,), False),  # the package is gone
        ("one", (_PARSED,), True),  # the version does not parse
        ("1.0", (_ODD,), True),  # the range does not parse; GHSA-1 is the same flaw
        ("2.0", (_PARSED,), False),  # mended
        ("2.0", (_PARSED, _ODD), True),  # one record says mended, another cannot be compared
    ],
)
def test_what_nobody_could_judge_stays(
    version: str | None,
    records: tuple[Advisory, ...],
    kept: bool,  # noqa: FBT001
) -> None:
    found = list(carried([_KNOWN], [], _result(version, *records)))
    assert found == ([_KNOWN] if kept else [])
    closed = [change.after.status for change in reconcile([_KNOWN], found, now=NOW, complete=True)]
    assert closed == ([] if kept else [FindingStatus.CLOSED])


@pytest.mark.parametrize(
    "known",
    [
        finding(Reachable(exposure=exposure())),
        finding(vulnerability(), status=FindingStatus.CLOSED, closed_at=NOW),
        finding(vulnerability(packages=(vulnerable(package("npm", "lib", "1.0.0")),))),
    ],
)
def test_what_it_does_not_concern(known: Finding) -> None:
    assert list(carried([known], [], _result("1.0", _ELSEWHERE))) == []


def test_what_was_seen_is_not_carried() -> None:
    assert list(carried([_KNOWN], [_KNOWN], _result("1.0", _ELSEWHERE))) == []
