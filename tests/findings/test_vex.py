"""VEX statements on findings."""

import msgspec

from tests.findings.make import NOW, exposure, finding, vulnerability, vulnerable
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.findings.build import build_vulnerabilities
from vedette.findings.explain import explain_finding
from vedette.findings.vex import scope_of, unwaived, waive
from vedette.matching.match import match_inventory
from vedette.model.advisory import AffectedStatus
from vedette.model.distro import Distro
from vedette.model.finding import Finding, FindingStatus, Reachable, Vulnerability
from vedette.model.inventory import Inventory
from vedette.model.resource import LocalTarget, Resource, ResourceRef, ResourceType
from vedette.model.vex import VexProduct, VexStatement

_REF = ResourceRef(type=ResourceType.LOCAL, id="app")
_INDEX = MemoryIndex(
    [
        advisory("GHSA-1", affected("PyPI", "a", "[0,2)"), aliases=("CVE-2024-1000",)),
        advisory("PYSEC-1", affected("PyPI", "b", "[0,2)"), aliases=("CVE-2024-1000",)),
    ]
)
_INVENTORY = Inventory(
    resource=_REF,
    distro=Distro(id="amzn", cpe="cpe:2.3:o:amazon:amazon_linux:2023"),
    packages=(package("PyPI", "a", "1"), package("PyPI", "b", "1")),
)
_SCOPE = scope_of(_INVENTORY, ["sha256:ab"])
_WORDS = "VEX doc: not_affected, not in the build"


def _finding() -> Finding:
    (found,) = build_vulnerabilities(
        Resource(ref=_REF, facts=LocalTarget(kind="rootfs")),
        match_inventory(_INVENTORY, _INDEX),
        _INDEX,
        None,
        now=NOW,
    )
    return found


def _statement(
    *names: str, status: str = "not_affected", flaw: str = "CVE-2024-1000"
) -> VexStatement:
    return VexStatement(
        vulnerability=flaw,
        products=tuple(VexProduct(identifiers=(f"pkg:pypi/{name}",)) for name in names),
        status=AffectedStatus(status),
        document="doc",
        reason="not in the build",
    )


def _waived(finding: Finding) -> list[str | None]:
    assert isinstance(finding.evidence, Vulnerability)
    return [one.waived for one in finding.evidence.packages]


def test_the_scope_is_the_target_and_what_is_in_it() -> None:
    assert _SCOPE.names == {"app", "sha256:ab", "cpe:2.3:o:amazon:amazon_linux:2023"}
    assert _SCOPE.purls == ("pkg:pypi/a@1", "pkg:pypi/b@1")
    bare = msgspec.structs.replace(_INVENTORY, distro=None)
    assert scope_of(bare).names == {"app"}


def test_a_finding_of_which_all_packages_are_cleared_is_suppressed_with_the_reason() -> None:
    (found,) = waive([_finding()], [_statement("a", "b")], _SCOPE)
    assert (found.status, found.suppressed_by) == (FindingStatus.SUPPRESSED, _WORDS)
    assert _waived(found) == [_WORDS, _WORDS]
    assert f"  set aside: {_WORDS}" in explain_finding(found)


def test_a_finding_stays_active_for_what_is_not_cleared() -> None:
    (found,) = waive([_finding()], [_statement("a")], _SCOPE)
    assert (found.status, found.suppressed_by) == (FindingStatus.ACTIVE, None)
    assert _waived(found) == [_WORDS, None]


def test_a_statement_by_an_alias() -> None:
    (found,) = waive([_finding()], [_statement("a", "b", flaw="GHSA-1")], _SCOPE)
    assert found.status is FindingStatus.SUPPRESSED


def test_what_a_statement_does_not_clear_stays_as_it_is() -> None:
    finding = _finding()
    closed = msgspec.structs.replace(finding, status=FindingStatus.CLOSED)
    assert waive([finding], [_statement("a", "b", status="affected")], _SCOPE) == (finding,)
    assert waive([finding], [], _SCOPE) == (finding,)
    assert waive([closed], [_statement("a", "b")], _SCOPE) == (closed,)


def test_what_was_said_before_is_forgotten() -> None:
    one = msgspec.structs.replace(vulnerable(), waived="fixed by hand")
    waived = finding(vulnerability(packages=(one, vulnerable())))
    assert unwaived(waived) == finding(vulnerability(packages=(vulnerable(), vulnerable())))
    for other in (finding(), finding(Reachable(exposure=exposure()))):
        assert unwaived(other) == other
