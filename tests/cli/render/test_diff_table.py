"""Differences of databases are written as they are found."""

import json
from collections.abc import Iterator

from tests.advisories.records import affected
from vedette.advisories.database_diff import AdvisoryChange, Differences, Kind, PackageChange
from vedette.advisories.database_format import Name
from vedette.cli.render.diff_table import ranges_text, write_diff_json, write_diff_table
from vedette.model.advisory import Range


def _change(number: int, packages: int = 1) -> AdvisoryChange:
    names = tuple(Name("Debian:12", f"p{one}") for one in range(packages))
    return AdvisoryChange(
        feed="debian",
        id=f"CVE-2024-{number}",
        kind=Kind.ADDED,
        described=True,
        packages=tuple(
            PackageChange(name=name, before=(), after=(affected(name.name, Range(fixed="2")),))
            for name in names
        ),
        named=names,
    )


def _found(*changes: AdvisoryChange, cves: frozenset[str] = frozenset()) -> Differences:
    return Differences(advisories=iter(changes), cves=cves, scores=frozenset())


def test_json_is_one_document() -> None:
    parts: list[str] = []
    assert not write_diff_json(_found(_change(1), _change(2, 2)), parts.append)
    document = json.loads("".join(parts))
    assert document["schema"] == "vedette-db-diff/1"
    assert [(one["id"], len(one["packages"])) for one in document["advisories"]] == [
        ("CVE-2024-1", 1),
        ("CVE-2024-2", 2),
    ]
    assert document["advisories"][0]["packages"][0]["after"][0]["ranges"][0]["fixed"] == "2"


def test_no_difference_is_told() -> None:
    parts: list[str] = []
    assert write_diff_json(_found(), parts.append)
    assert json.loads("".join(parts)) == {
        "schema": "vedette-db-diff/1",
        "cves": [],
        "scores": [],
        "advisories": [],
    }
    assert write_diff_table(_found(), parts.append)
    assert not write_diff_table(_found(cves=frozenset({"CVE-1"})), parts.append)
    assert "0 advisories, 1 CVE records, 0 scores differ" in parts[-1]


def test_a_long_table_is_cut_and_nothing_is_kept_of_the_rest() -> None:
    def changes() -> Iterator[AdvisoryChange]:
        yield from (_change(number, 3) for number in range(400))

    parts: list[str] = []
    found = Differences(advisories=changes(), cves=frozenset(), scores=frozenset())
    assert not write_diff_table(found, parts.append)
    assert len(parts[0].splitlines()) == 1001
    assert parts[1:] == [
        "and 200 more rows (--format json has them all)\n",
        "\n400 advisories, 0 CVE records, 0 scores differ\n",
    ]


def test_ranges() -> None:
    one = affected("a", Range(introduced="1", fixed="2"), Range(last_affected="0.5"), Range())
    assert ranges_text(one) == ">= 1 < 2, >= 0 <= 0.5, >= 0"
