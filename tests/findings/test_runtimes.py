"""Runtimes in both spellings."""

import pytest

from vedette.findings.runtimes import runtime_names


@pytest.mark.parametrize(
    ("runtime", "names"),
    [
        ("python3.11", ("python3.11", "PYTHON_3_11")),
        ("java8.al2", ("java8.al2", "JAVA_8_AL2")),
        ("provided.al2023", ("provided.al2023",)),
        (None, ()),
    ],
)
def test_names(runtime: str | None, names: tuple[str, ...]) -> None:
    assert runtime_names(runtime) == names
