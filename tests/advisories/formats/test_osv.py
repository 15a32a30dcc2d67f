"""Parts of OSV records that stand in prose."""

import json

import pytest

from vedette.advisories.formats.osv import read_record
from vedette.model.advisory import Range


def _modular(summary: str) -> tuple[str | None, str | None]:
    """Module and note of a modular build under such a summary."""
    record = {
        "id": "RLSA-1",
        "modified": "2024-01-01T00:00:00Z",
        "summary": summary,
        "affected": [
            {
                "package": {"ecosystem": "Rocky Linux:8", "name": "x"},
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [
                            {"introduced": "0"},
                            {"fixed": "0:1-1.module+el8.6.0+1+aa"},
                        ],
                    }
                ],
            }
        ],
    }
    advisory = read_record(json.dumps(record).encode(), "osv").advisory
    assert advisory is not None
    (affected,) = advisory.affected
    assert affected.ranges[0].fixed == "1-1.module+el8.6.0+1+aa"
    return affected.module, affected.note


@pytest.mark.parametrize(
    ("summary", "module"),
    [
        ("Important: nodejs:14 security update", "nodejs:14"),
        ("Red Hat Security Advisory: 389-ds:1.4 security, bug fix", "389-ds:1.4"),
        ("Important: postgresql:10, and more", "postgresql:10"),
        ("container-tools:rhel8 update", "container-tools:rhel8"),
    ],
)
def test_module_stream_in_the_summary(summary: str, module: str) -> None:
    assert _modular(summary) == (module, None)


@pytest.mark.parametrize(
    "summary",
    ["", "Important: modules", "Moderate: virt:rhel and virt-devel:rhel security update"],
)
def test_no_single_module_stream_in_the_summary(summary: str) -> None:
    assert _modular(summary) == (None, "modular")


@pytest.mark.parametrize(
    ("ecosystem", "written", "kept"),
    [
        ("PyPI", "Flask_Login", "flask-login"),
        ("NuGet", "Newtonsoft.Json", "newtonsoft.json"),
        ("Packagist", "Symfony/HTTP-Foundation", "symfony/http-foundation"),
        ("crates.io", "Tauri", "tauri"),
        ("crates.io", "ic_cdk", "ic-cdk"),
        ("Hex", "Samly", "samly"),
        ("npm", "JSONStream", "JSONStream"),
        ("RubyGems", "RedCloth", "RedCloth"),
        ("Go", "github.com/Masterminds/semver_v3", "github.com/Masterminds/semver_v3"),
    ],
)
def test_names_are_kept_as_their_registries_compare_them(
    ecosystem: str, written: str, kept: str
) -> None:
    record = {
        "id": "GHSA-1",
        "modified": "2024-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": written},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
            }
        ],
    }
    advisory = read_record(json.dumps(record).encode(), "osv").advisory
    assert advisory is not None
    assert [affected.name for affected in advisory.affected] == [kept]


def _go(ranges: object, custom: object) -> tuple[Range, ...]:
    record = {
        "id": "GO-1",
        "modified": "2024-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "Go", "name": "example.com/m"},
                "ranges": [{"type": "SEMVER", "events": ranges}],
                "ecosystem_specific": {"custom_ranges": custom},
            }
        ],
    }
    advisory = read_record(json.dumps(record).encode(), "osv").advisory
    assert advisory is not None
    (affected,) = advisory.affected
    return affected.ranges


_ALL = [{"introduced": "0"}]
_PSEUDO = Range(last_affected="0.0.0-99999999999999-ffffffffffff")


def _custom(*events: dict[str, str]) -> list[dict[str, object]]:
    return [{"type": "ECOSYSTEM", "events": events}]


@pytest.mark.parametrize(
    ("ranges", "custom", "expected"),
    [
        (
            _ALL,
            _custom({"introduced": "0"}, {"fixed": "1.10.3"}),
            (Range(fixed="1.10.3"), _PSEUDO),
        ),
        (_ALL, _custom({"introduced": "2.5.0"}), (Range(introduced="2.5.0"), _PSEUDO)),
        (_ALL, _custom({"introduced": "RELEASE.2024-06-06"}), (Range(),)),
        (_ALL, [], (Range(),)),
        (_ALL, None, (Range(),)),
        (_ALL, "odd", (Range(),)),
        (_ALL, [{"type": "ECOSYSTEM"}], (Range(),)),
        (
            [{"introduced": "0"}, {"fixed": "1.0"}],
            _custom({"introduced": "2.0"}),
            (Range(fixed="1.0"),),
        ),
    ],
)
def test_go_s_ranges_of_tags_count_where_they_are_versions(
    ranges: object, custom: object, expected: tuple[Range, ...]
) -> None:
    assert _go(ranges, custom) == expected
