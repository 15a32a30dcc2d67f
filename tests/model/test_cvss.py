"""CVSS vectors and scores of every version."""

import re
from pathlib import Path

import pytest

from vedette.errors import ParseError
from vedette.model.cvss import base_score, metrics_of, parse_vector, version_of

_NOT_BASE = re.compile(r"/(E|RL|RC|CDP|TD|CR|IR|AR|M[A-Z]+):")

_SCORES = [
    # worked by the equations of the specifications
    ("AV:N/AC:L/Au:N/C:N/I:N/A:N", "2.0", 0.0),
    ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "2.0", 7.5),
    ("AV:L/AC:H/Au:M/C:C/I:C/A:C", "2.0", 5.9),
    ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.0", 9.8),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "3.1", 10.0),
    ("CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", 8.8),
    ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "3.1", 1.6),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "4.0", 10.0),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "4.0", 0.0),
]


@pytest.mark.parametrize(("text", "version", "score"), _SCORES)
def test_scores(text: str, version: str, score: float) -> None:
    vector = parse_vector(text)
    assert (vector, version_of(vector), base_score(vector)) == (text, version, score)


def test_brackets_and_blanks_are_no_part_of_a_vector() -> None:
    assert parse_vector(" (AV:N/AC:L/Au:N/C:P/I:P/A:P) ") == "AV:N/AC:L/Au:N/C:P/I:P/A:P"


def test_metrics_keep_their_order() -> None:
    vector = parse_vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N")
    assert list(metrics_of(vector).items()) == [
        ("AV", "N"),
        ("AC", "L"),
        ("PR", "N"),
        ("UI", "N"),
        ("S", "U"),
        ("C", "H"),
        ("I", "L"),
        ("A", "N"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "high",
        "CVSS:3.1",
        "CVSS:3.1/AV:N",
        "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/AV:L",
        "CVSS:4.0/AV:N",
        "CVSS:9.9/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "AV:N/AC:L/Au:N/C:P/I:P",
        "A" * 100_000,
    ],
)
def test_what_is_no_vector(text: str) -> None:
    with pytest.raises(ParseError, match="not a CVSS vector"):
        parse_vector(text)


@pytest.mark.parametrize(
    "name", ["v2_score.list", "v30_score.list", "v31_score.list", "v4_score.list"]
)
def test_published_scores(shared: Path, name: str) -> None:
    lines = (shared / "fixtures/cvss" / name).read_text().splitlines()
    rows = [line.partition("#")[0].split() for line in lines]
    wrong = []
    for vector, score in filter(None, rows):
        if _NOT_BASE.search(vector) and not (vector.startswith("CVSS:4") and "/M" not in vector):
            continue  # the list gives the temporal or environmental score
        if base_score(parse_vector(vector)) != float(score):
            wrong.append((vector, base_score(parse_vector(vector)), score))
    assert wrong == []


@pytest.mark.parametrize("name", ["v2_error.list", "v3_error.list", "v4_error.list"])
def test_published_errors(shared: Path, name: str) -> None:
    for line in (shared / "fixtures/cvss" / name).read_text().splitlines():
        vector, _, comment = line.partition("#")
        if comment.strip() == "OK":
            assert parse_vector(vector)
