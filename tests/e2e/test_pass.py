"""From discovery to findings over HTTP, as it would be with AWS."""

import pytest

from tests.e2e.conftest import Estate, Plan
from vedette.model.coverage import ScanType
from vedette.model.finding import FindingStatus, Vulnerability
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    ResourceRef,
    ResourceType,
    Tag,
)

pytestmark = pytest.mark.loopback

WORKLOADS = "222222222222"
SANDBOX = "444444444444"


def _reasons(estate: Estate, scan_type: ScanType = ScanType.PACKAGE) -> dict[str, str]:
    return {
        row.resource.id: row.reason for row in estate.store.coverage() if row.scan_type is scan_type
    }


def _named(estate: Estate, name: str) -> ResourceRef:
    return next(
        resource.ref
        for resource in estate.store.resources()
        if Tag(key="Name", value=name) in resource.tags
    )


def test_everything_is_found_read_and_judged(estate: Estate) -> None:
    report = estate.look()

    kinds = [type(resource.facts) for resource in estate.store.resources()]
    assert kinds.count(Ec2Instance) == 6
    assert kinds.count(ContainerImage) == 4
    assert kinds.count(LambdaFunction) == 2
    assert (report.read, report.reused, report.unread) == (10, 0, 2)
    assert report.opened == report.active > 200
    assert [(one.account, one.operation, one.code) for one in report.failures] == [
        (SANDBOX, "sts:assume_role", "AccessDenied")
    ]
    assert _reasons(estate)[_named(estate, "legacy-1").id] == "UNMANAGED_EC2_INSTANCE"
    assert _reasons(estate)[_named(estate, "jump-1").id] == "EC2_INSTANCE_STOPPED"
    assert _reasons(estate)[_named(estate, "shop-1").id] == "SUCCESSFUL"


def test_the_open_port_is_a_finding_with_the_rule_that_opens_it(estate: Estate) -> None:
    estate.look()
    shop = _named(estate, "shop-1")
    titles = {finding.title: finding for finding in estate.store.known(shop)}

    finding = titles[f"EC2 instance {shop.id} exposes port 22 to the internet (0.0.0.0/0)"]
    path = finding.evidence.exposure.path  # type: ignore[union-attr]
    assert [hop.component_type for hop in path] == [
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::NetworkInterface",
        "AWS::EC2::Instance",
    ]
    assert str(path[2].rule).startswith("sgr-")


def test_what_a_layer_deletes_is_not_there(estate: Estate) -> None:
    estate.look()
    images = [one for one in estate.store.resources() if isinstance(one.facts, ContainerImage)]
    for image in images:
        known = estate.store.inventory(image.ref)
        assert known is not None
        assert known.inventory.packages
        assert not known.inventory.failures


def test_an_unchanged_estate_is_neither_read_nor_judged_again(estate: Estate) -> None:
    first = estate.look()
    before = {ref.ref: estate.store.known(ref.ref) for ref in estate.store.resources()}
    again = estate.look()

    assert (again.read, again.reused) == (0, first.read)
    assert (again.judged, again.opened, again.updated, again.closed) == (0, 0, 0, 0)
    assert {ref.ref: estate.store.known(ref.ref) for ref in estate.store.resources()} == before


def test_only_what_has_the_tag_is_scanned(estate: Estate) -> None:
    estate.look(tags=(Tag(key="role", value="web"),))
    reasons = _reasons(estate)

    assert reasons[_named(estate, "shop-1").id] == "SUCCESSFUL"
    assert reasons[_named(estate, "ledger-1").id] == "EXCLUDED_BY_TAG"
    assert not estate.store.known(_named(estate, "ledger-1"))


def test_throttling_is_waited_out(estate: Estate, faults: Plan) -> None:
    faults(kind="throttle", service="ssm", times=2)
    report = estate.look()
    assert {failure.account for failure in report.failures} == {SANDBOX}


def test_a_denied_inventory_closes_nothing(estate: Estate, faults: Plan) -> None:
    estate.look()
    shop = _named(estate, "shop-1")
    before = estate.store.known(shop)
    faults(kind="deny", service="ssm", operation="ListInventoryEntries", account=WORKLOADS)
    report = estate.look()

    assert not report.complete
    assert report.closed == 0
    assert _reasons(estate)[shop.id] == "ACCESS_DENIED"
    assert {one.id for one in estate.store.known(shop)} == {one.id for one in before}
    assert all(one.status is FindingStatus.ACTIVE for one in estate.store.known(shop))
    others = _reasons(estate)
    assert others[_named(estate, "ledger-1").id] == "SUCCESSFUL"


def test_where_ssm_does_not_answer_nobody_says_unmanaged(estate: Estate, faults: Plan) -> None:
    faults(kind="deny", service="ssm", operation="DescribeInstanceInformation", account=WORKLOADS)
    report = estate.look()

    assert _reasons(estate)[_named(estate, "shop-1").id] == "ACCESS_DENIED"
    assert ("ssm:describe_instance_information", "AccessDeniedException") in {
        (one.operation, one.code) for one in report.failures
    }


def test_a_region_that_cannot_be_listed_loses_no_resource(estate: Estate, faults: Plan) -> None:
    estate.look()
    known = {resource.ref for resource in estate.store.resources()}
    faults(kind="deny", service="ec2", operation="DescribeInstances", account=WORKLOADS)
    report = estate.look()

    assert report.closed == 0
    assert {resource.ref for resource in estate.store.resources()} == known


def test_a_layer_that_breaks_off_is_a_failure_and_the_rest_is_reported(
    estate: Estate, faults: Plan
) -> None:
    faults(kind="truncate", service="downloads")
    report = estate.look()

    reasons = _reasons(estate)
    images = [one for one in estate.store.resources() if isinstance(one.facts, ContainerImage)]
    assert {reasons[image.ref.id] for image in images} == {"INTERNAL_ERROR"}
    assert reasons[_named(estate, "shop-1").id] == "SUCCESSFUL"
    assert len(report.partial) >= len(images)

    faults.clear()  # type: ignore[attr-defined]
    estate.look()
    assert {_reasons(estate)[image.ref.id] for image in images} == {"SUCCESSFUL"}


def test_an_instance_that_is_gone_takes_its_findings_along(estate: Estate) -> None:
    estate.look()
    shop = _named(estate, "shop-1")
    ghost = ResourceRef(
        type=ResourceType.EC2_INSTANCE, id="i-0gone", account=shop.account, region=shop.region
    )
    original = next(one for one in estate.store.resources() if one.ref == shop)
    import msgspec  # noqa: PLC0415

    estate.store.save_resources(
        [msgspec.structs.replace(original, ref=ghost)], looked_in=(), now=estate.now
    )
    estate.look()
    assert ghost not in {one.ref for one in estate.store.resources()}
    assert ghost in {one.ref for one in estate.store.resources(gone=True)}
    assert _reasons(estate)["i-0gone"] == "RESOURCE_TERMINATED"


def test_a_finding_names_the_package_and_the_advisory(estate: Estate) -> None:
    estate.look()
    shop = _named(estate, "shop-1")
    found = {
        finding.key.subject: finding.evidence
        for finding in estate.store.known(shop)
        if isinstance(finding.evidence, Vulnerability)
    }
    evidence = found["CVE-2023-4911"]
    assert [entry.package.name for entry in evidence.packages] == ["glibc", "glibc-common"]
    assert all(entry.fixed_in for entry in evidence.packages)
    assert evidence.kev is not None
