"""The patch plan: fewest changes, most risk."""

import msgspec

from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    exposure,
    finding,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.findings.bases import Base
from vedette.findings.plan import Fix, FixKind, Plan, plan
from vedette.model.digest import digest_of
from vedette.model.finding import Finding, FindingStatus, Reachable, Score
from vedette.model.network import ClosingChange, NetworkChange
from vedette.model.package import Location, Package, PackageManager, SchemeName
from vedette.model.resource import Ec2Instance, Resource, Tag

BELOW, ABOVE = digest_of(b"base"), digest_of(b"own")
SECOND = msgspec.structs.replace(
    INSTANCE, ref=msgspec.structs.replace(INSTANCE.ref, id="i-00000000000000002")
)
RESOURCES = {one.ref: one for one in (INSTANCE, SECOND, IMAGE, FUNCTION)}
BASE = Base(image=msgspec.structs.replace(IMAGE.ref, id="base-image"), layers=(BELOW,))


def _os(name: str, **more: object) -> Package:
    made = package("Debian:12", name, "1-1", **more)
    return msgspec.structs.replace(made, manager=PackageManager.OS)


def _flaw(
    cve: str, risk: float, *packages: tuple[Package, str | None], resource: Resource = INSTANCE
) -> Finding:
    entries = tuple(vulnerable(one, fixed_in=version) for one, version in packages)
    score = Score(value=None, vector=None, source=None, risk=risk)
    return finding(vulnerability(id=cve, packages=entries), resource=resource, score=score)


def _plan(*findings: Finding, most: int = 9, known: bool = True) -> Plan:
    bases = {IMAGE.ref: BASE}
    return plan(findings, RESOURCES if known else {}, bases if known else {}, most=most)


def _fixes(made: Plan) -> list[tuple[FixKind, str, tuple[str, ...], int, float]]:
    return [
        (one.fix.kind, one.fix.where, one.versions, one.findings, one.risk) for one in made.fixes
    ]


def test_one_machine_image_mends_more_than_an_upgrade() -> None:
    made = _plan(
        _flaw("CVE-1", 50, (_os("a"), "2-1")),
        _flaw("CVE-2", 40, (_os("b"), "2-1")),
        _flaw("CVE-1", 30, (_os("a"), "3-1"), resource=SECOND),
    )
    assert _fixes(made) == [(FixKind.MACHINE_IMAGE, "ami-1", (), 3, 120.0)]
    assert made.fixes[0].resources == (SECOND.ref, INSTANCE.ref)
    assert (made.findings, made.risk, made.unmended) == (3, 120.0, 0)


def test_a_launch_template_mends_what_it_launched_of_whichever_image() -> None:
    def launched(one: Resource, image: str) -> Resource:
        assert isinstance(one.facts, Ec2Instance)
        facts = msgspec.structs.replace(one.facts, image_id=image)
        tags = (Tag(key="aws:ec2launchtemplate:id", value="lt-1"), Tag(key="team", value="a"))
        return msgspec.structs.replace(one, facts=facts, tags=tags)

    resources = {
        INSTANCE.ref: launched(INSTANCE, "ami-1"),
        SECOND.ref: launched(SECOND, "ami-2"),
    }
    flaws = (
        _flaw("CVE-1", 50, (_os("a"), "2-1")),
        _flaw("CVE-2", 40, (_os("b"), "2-1"), resource=SECOND),
    )
    made = plan(flaws, resources, {}, most=9)
    assert _fixes(made) == [(FixKind.LAUNCH_TEMPLATE, "lt-1", (), 2, 90.0)]
    assert made.fixes[0].resources == (SECOND.ref, INSTANCE.ref)
    # of one instance alone the upgrade, the image and the template do the same
    one = plan(flaws[:1], resources, {}, most=9)
    assert _fixes(one) == [(FixKind.LAUNCH_TEMPLATE, "lt-1", (), 1, 50.0)]


def test_an_upgrade_is_to_the_version_that_mends_all() -> None:
    pip = package("PyPI", "lib", "1")
    made = _plan(
        _flaw("CVE-1", 50, (pip, "1.9")),
        _flaw("CVE-2", 40, (pip, "1.10"), resource=SECOND),
    )
    assert _fixes(made) == [(FixKind.PACKAGE, "ami-1", ("1.10",), 2, 90.0)]
    assert made.fixes[0].fix.package == ("PyPI", "lib")


def test_versions_whose_order_is_not_known_are_all_said() -> None:
    odd = msgspec.structs.replace(package("PyPI", "lib", "1"), scheme=SchemeName.SEMVER)
    made = _plan(_flaw("CVE-1", 5, (odd, "x")), _flaw("CVE-2", 4, (odd, "1.0.0")))
    assert made.fixes[0].versions == ("1.0.0", "x")


def test_layers_and_base_images() -> None:
    below = _os("a", locations=(Location(path="p", layer=BELOW),))
    above = _os("b", locations=(Location(path="p", layer=ABOVE),))
    both = _os("c", locations=(Location(path="p", layer=BELOW), Location(path="p", layer=ABOVE)))
    made = _plan(
        _flaw("CVE-1", 50, (below, "2-1"), resource=IMAGE),
        _flaw("CVE-2", 40, (above, "2-1"), resource=IMAGE),
        _flaw("CVE-3", 30, (both, "2-1"), resource=IMAGE),
    )
    assert _fixes(made) == [
        (FixKind.BASE_IMAGE, "base-image", (), 1, 50.0),
        (FixKind.LAYER, str(ABOVE), (), 1, 40.0),
        (FixKind.PACKAGE, "app", ("2-1",), 1, 30.0),
    ]


def test_a_finding_goes_when_all_its_packages_are_mended() -> None:
    one, two, never = (package("PyPI", name, "1") for name in ("one", "two", "never"))
    made = _plan(
        _flaw("CVE-1", 60, (one, "2"), (two, "2"), resource=FUNCTION),
        _flaw("CVE-2", 10, (one, "2"), (never, None), resource=FUNCTION),
    )
    assert _fixes(made) == [
        (FixKind.PACKAGE, "hook", ("2",), 0, 35.0),
        (FixKind.PACKAGE, "hook", ("2",), 1, 30.0),
    ]
    assert made.unmended == 1


def test_ways_through_the_network_are_closed() -> None:
    closing = tuple(
        ClosingChange(changes=(NetworkChange(kind=kind, component="sg-1", rule=rule),))
        for kind, rule in (("revoke-security-group-rule", "sgr-1"), ("detach", None))
    )
    score = Score(value=None, vector=None, source=None, risk=70.0)
    port = finding(Reachable(exposure=exposure(closing_changes=closing)), score=score)
    assert _fixes(_plan(port)) == [(FixKind.NETWORK, "detach sg-1", (), 1, 70.0)]
    assert _plan(finding(Reachable(exposure=exposure()), score=score)).unmended == 1


def test_what_is_not_known_is_mended_by_itself() -> None:
    made = _plan(_flaw("CVE-1", 5, (_os("a"), "2-1")), known=False)
    assert _fixes(made) == [(FixKind.PACKAGE, INSTANCE.ref.id, ("2-1",), 1, 5.0)]
    facts = msgspec.structs.replace(INSTANCE.facts, image_id=None)
    assert isinstance(facts, Ec2Instance)
    bare = msgspec.structs.replace(INSTANCE, facts=facts)
    made = plan([_flaw("CVE-1", 5, (_os("a"), "2-1"))], {bare.ref: bare}, {}, most=1)
    assert made.fixes[0].fix.where == INSTANCE.ref.id


def test_the_greatest_come_first_and_no_more_than_asked() -> None:
    several = [
        _flaw(f"CVE-{number}", number, (package("PyPI", f"p{number}", "1"), "2"))
        for number in range(1, 8)
    ]
    made = _plan(*several, most=3)
    assert [one.risk for one in made.fixes] == [7.0, 6.0, 5.0]
    assert _plan(*reversed(several)) == _plan(*several)
    closed = msgspec.structs.replace(several[0], status=FindingStatus.CLOSED)
    assert _plan(closed) == Plan(fixes=(), findings=0, risk=0.0, unmended=0)


def test_gains_are_counted_anew_after_each_change() -> None:
    shared, alone = _os("shared"), _os("alone")
    pip = package("PyPI", "lib", "1")
    made = _plan(
        _flaw("CVE-1", 50, (shared, "2-1")),
        _flaw("CVE-2", 10, (alone, "2-1")),
        _flaw("CVE-3", 20, (pip, "2")),
    )
    assert _fixes(made) == [
        (FixKind.MACHINE_IMAGE, "ami-1", (), 2, 60.0),
        (FixKind.PACKAGE, "ami-1", ("2",), 1, 20.0),
    ]
    assert made.fixes[1].fix == Fix(kind=FixKind.PACKAGE, where="ami-1", package=("PyPI", "lib"))


def test_a_change_that_others_made_smaller_comes_later() -> None:
    lib = package("PyPI", "lib", "1", locations=(Location(path="p", layer=ABOVE),))
    own = package("PyPI", "own", "1", locations=(Location(path="p", layer=ABOVE),))
    alone = package("PyPI", "alone", "1")
    made = _plan(
        _flaw("CVE-1", 50, (lib, "2"), resource=IMAGE),
        _flaw("CVE-2", 20, (own, "2"), resource=IMAGE),
        _flaw("CVE-3", 45, (lib, "2"), resource=FUNCTION),
        _flaw("CVE-4", 30, (alone, "2"), resource=FUNCTION),
    )
    assert [(one.fix.kind, one.risk) for one in made.fixes] == [
        (FixKind.LAYER, 115.0),
        (FixKind.PACKAGE, 30.0),
    ]
    partly = _plan(
        _flaw("CVE-1", 50, (lib, "2"), resource=IMAGE),
        _flaw("CVE-2", 60, (alone, "2"), (lib, "2"), resource=IMAGE),
        _flaw("CVE-3", 30, (own, "2"), resource=IMAGE),
        _flaw("CVE-4", 35, (package("PyPI", "web", "1"), "2"), resource=FUNCTION),
    )
    assert [one.risk for one in partly.fixes] == [110.0, 35.0, 30.0]


def test_what_others_leave_of_a_change_is_compared_anew() -> None:
    above, below = Location(path="p", layer=ABOVE), Location(path="p", layer=BELOW)
    lib = package("PyPI", "lib", "1", locations=(above,))
    spread = package("PyPI", "lib", "1", locations=(above, below))
    own = package("PyPI", "own", "1", locations=(above,))
    made = _plan(
        _flaw("CVE-1", 50, (lib, "2"), resource=IMAGE),
        _flaw("CVE-2", 10, (spread, "2"), resource=IMAGE),
        _flaw("CVE-3", 40, (own, "2"), resource=IMAGE),
        _flaw("CVE-4", 35, (package("PyPI", "web", "1"), "2"), resource=FUNCTION),
    )
    assert [(one.fix.kind, one.risk) for one in made.fixes] == [
        (FixKind.LAYER, 90.0),
        (FixKind.PACKAGE, 35.0),
        (FixKind.PACKAGE, 10.0),
    ]
