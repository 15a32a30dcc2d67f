"""Which of several rows speaks for a channel, and what a Pro row says beside the archive's."""

import pytest

from vedette.advisories.formats.ubuntu_releases import Channel, channel_of
from vedette.advisories.formats.ubuntu_state import Row, affected_by
from vedette.model.advisory import AffectedStatus


def _rows(*lines: str) -> list[Row]:
    rows = []
    for line in lines:
        prefix, state, remark = line.split("|")
        channel = channel_of(prefix)
        assert isinstance(channel, Channel)
        rows.append(Row(channel=channel, package="x", state=state, remark=remark))
    return rows


def _said(*lines: str) -> dict[str, str | None]:
    """Ecosystem → the fixed version, or the status."""
    problems: list[str] = []
    said: dict[str, str | None] = {}
    for affected in affected_by(_rows(*lines), problems):
        fixed = affected.ranges[0].fixed if affected.ranges else None
        said[affected.ecosystem] = fixed or affected.status.value
    assert problems == []
    return said


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        (("trusty/esm|not-affected|", "esm-infra-legacy/trusty|released|2.0"), "2.0"),
        (("esm-infra-legacy/trusty|released|2.0", "trusty/esm|not-affected|"), "2.0"),
        (("esm-infra-legacy/trusty|released|2.0", "trusty/esm|released|1.0"), "1.0"),
        (("trusty/esm|released|1.0", "esm-infra-legacy/trusty|released|2.0"), "1.0"),
        (("esm-apps/trusty|needed|", "esm-infra/trusty|needs-triage|"), "under_investigation"),
    ],
)
def test_the_first_channel_with_a_fix_counts(lines: tuple[str, ...], version: str) -> None:
    assert _said(*lines) == {"Ubuntu:Pro:14.04": version}


@pytest.mark.parametrize(
    ("archive", "pro", "said"),
    [
        ("needed|", "not-affected|1.0~esm1", "1.0~esm1"),
        ("needed|", "not-affected|code not present", None),
        ("needed|", "not-affected|", None),
        ("ignored|end of standard support", "not-affected|", "not_affected"),
        ("ignored|end of standard support, was needed", "not-affected|", None),
        ("ignored|end of life, was needs-triage", "not-affected|", "not_affected"),
        ("ignored|too intrusive", "not-affected|2.0+esm1", "2.0+esm1"),
        ("released|1.0", "not-affected|", "not_affected"),
        ("needed|", "released|2.0", "2.0"),
    ],
)
def test_a_pro_row_beside_the_archives(archive: str, pro: str, said: str | None) -> None:
    found = _said(f"bionic|{archive}", f"esm-infra/bionic|{pro}")
    assert found.get("Ubuntu:Pro:18.04") == said


def test_channels() -> None:
    assert channel_of("jammy") == Channel(ecosystem="Ubuntu:22.04", rank=None)
    assert channel_of("esm-apps/jammy") == Channel(ecosystem="Ubuntu:Pro:22.04", rank=1)
    assert channel_of("precise/esm") == Channel(ecosystem="Ubuntu:Pro:12.04", rank=2)
    assert channel_of("fips/bionic") is None
    assert channel_of("vivid/ubuntu-core") is None
    assert channel_of("upstream") is None
    assert channel_of("esm-infra/zurg") == "esm-infra/zurg"
    assert channel_of("zurg") == "zurg"


def test_every_status_is_used() -> None:
    rows = _rows("jammy|needed|", "focal|not-affected|", "noble|needs-triage|")
    assert {one.status for one in affected_by(rows, [])} == {
        AffectedStatus.AFFECTED,
        AffectedStatus.NOT_AFFECTED,
        AffectedStatus.UNDER_INVESTIGATION,
    }
