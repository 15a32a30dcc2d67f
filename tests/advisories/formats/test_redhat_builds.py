"""Red Hat's streams, builds and several fixes of one flaw."""

import pytest

from vedette.advisories.formats.redhat_builds import Build, build_of, ecosystem_of, ranges_of
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_RPM = SCHEMES[SchemeName.RPM]


@pytest.mark.parametrize(
    ("cpe", "expected"),
    [
        ("cpe:/o:redhat:enterprise_linux:9", "Red Hat:9"),
        ("cpe:/a:redhat:enterprise_linux:9::appstream", "Red Hat:9"),
        ("cpe:/o:redhat:enterprise_linux:10.0", "Red Hat:10"),
        ("cpe:/o:redhat:enterprise_linux:7::server", "Red Hat:7"),
        ("cpe:/a:redhat:enterprise_linux:8::nfv", "Red Hat:8"),
        ("cpe:/o:redhat:enterprise_linux:7::hypervisor", None),
        ("cpe:/o:redhat:enterprise_linux:8::fastdatapath", None),
        ("cpe:/a:redhat:enterprise_linux_ai:1", None),
        ("cpe:/a:redhat:rhel_eus:9.0", "Red Hat:9.0:eus"),
        ("cpe:/o:redhat:rhel_aus:8.4::baseos", "Red Hat:8.4:aus"),
        ("cpe:/a:redhat:rhel_e4s:9.2::sap_hana", "Red Hat:9.2:e4s"),
        ("cpe:/a:redhat:rhel_tus:8.6::appstream", "Red Hat:8.6:tus"),
        ("cpe:/o:redhat:rhel_els:7", "Red Hat:7:els"),
        ("cpe:/a:redhat:rhel_eus:9.0::hypervisor", None),
        ("cpe:/a:redhat:rhel_software_collections:3", None),
        ("cpe:/a:redhat:openshift:4.1::el8", None),
        ("", None),
    ],
)
def test_streams(cpe: str, expected: str | None) -> None:
    assert ecosystem_of(cpe) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl-0:7.76.1-26.el9_3.2", Build(name="curl", evr="7.76.1-26.el9_3.2")),
        ("bind-30:9.3.3-8.el5", Build(name="bind", evr="30:9.3.3-8.el5")),
        (
            "dotnet8.0-0:8.0.100~rc.2-0.1.el9_3",
            Build(name="dotnet8.0", evr="8.0.100~rc.2-0.1.el9_3"),
        ),
        (
            "java-1.8.0-openjdk-1:1.8.0.1-1.el7",
            Build(name="java-1.8.0-openjdk", evr="1:1.8.0.1-1.el7"),
        ),
        ("nodejs:18-8080020231015215042.63b34585", None),
        ("rhel9/toolbox:1", None),
        ("mozilla", None),
        ("", None),
    ],
)
def test_builds(text: str, expected: Build | None) -> None:
    assert build_of(text) == expected


@pytest.mark.parametrize(
    ("fixes", "affected", "mended"),
    [
        (["1.0-5.el8"], ["0.9-9", "1.0-4.el8"], ["1.0-5.el8", "1.0-6.el8", "2-1"]),
        (
            ["7.76.1-26.el9_3.2", "7.76.1-23.el9_2.4"],
            ["7.76.1-14.el9", "7.76.1-23.el9_2.3", "7.76.1-26.el9", "7.76.1-26.el9_3.1"],
            ["7.76.1-23.el9_2.4", "7.76.1-23.el9_2.5", "7.76.1-26.el9_3.2", "7.76.1-29.el9"],
        ),
        (
            ["1.43.0-5.el9_2.1", "1.43.0-5.el9_3.1"],
            ["1.43.0-5.el9", "1.43.0-5.el9_3", "1.43.0-5.el9_3.0"],
            ["1.43.0-5.el9_2.1", "1.43.0-5.el9_2.7", "1.43.0-5.el9_3.1"],
        ),
        (
            ["5.14.0-284.30.1.el9_2", "5.14.0-362.8.1.el9_3"],
            ["5.14.0-284.25.1.el9_2", "5.14.0-362.el9", "5.14.0-285.el9"],
            ["5.14.0-284.40.1.el9_2", "5.14.0-362.13.1.el9_3", "5.14.0-427.el9"],
        ),
        # the first fix of a minor release was not enough
        (["1.0-1.el8_1.1", "1.0-1.el8_1.3"], ["1.0-1.el8_1.2"], ["1.0-1.el8_1.3"]),
        (
            ["1.0-1.el8", "2.0-1.el8_1"],
            ["1.0-0", "1.0-2.el8", "1.9-1"],
            ["1.0-1.el8", "2.0-1.el8_1"],
        ),
        (["1.0-el8"], ["0.9-1"], ["1.0-el8"]),
        (["20190101-20190101123456.git.el8", "20200101-1.el8"], ["20181212-1"], ["20200101-2.el8"]),
    ],
)
def test_several_fixes(fixes: list[str], affected: list[str], mended: list[str]) -> None:
    ranges = ranges_of(fixes)

    def lacks_the_fix(version: str) -> bool:
        key = _RPM.key(version)
        return any(
            (one.introduced == "0" or _RPM.key(one.introduced) <= key)
            and key < _RPM.key(one.fixed or "")
            for one in ranges
        )

    assert [version for version in affected if not lacks_the_fix(version)] == []
    assert [version for version in mended if lacks_the_fix(version)] == []
    assert ranges == ranges_of(reversed(fixes))


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("4:5.26.3-418.el8", True),
        ("4:5.26.3-419.el8", False),
        ("3:9.0-1", True),
        ("5.26.3-418.el8", True),
        ("5.26.3-419.el8", False),
        ("5.26.3-420.el8", True),
        ("5.26.3-422.el8_9", False),
        ("4:5.26.3-421.el8", True),
        ("4:5.26.3-422.el8_9", False),
    ],
)
def test_a_version_without_an_epoch_is_compared_without(version: str, affected: bool) -> None:  # noqa: FBT001
    ranges = ranges_of(["4:5.26.3-419.el8", "4:5.26.3-422.el8_9"])
    key = _RPM.key(version)
    inside = (
        (one.introduced == "0" or _RPM.key(one.introduced) <= key)
        and key < _RPM.key(one.fixed or "")
        for one in ranges
    )
    assert any(inside) is affected


def test_one_fix_is_one_range() -> None:
    assert ranges_of(["1-1.el9", "1-1.el9"]) == (Range(fixed="1-1.el9"),)
    assert ranges_of([]) == ()


def test_versions_that_have_no_order_still_give_ranges() -> None:
    assert ranges_of(["-"]) == (Range(fixed="-"),)
