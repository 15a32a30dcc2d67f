"""Colours are for terminals whose user wants them (https://no-color.org)."""

import io

import pytest

from vedette.cli.render.terminal import wants_colour


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_a_terminal(environment: dict[str, str], wanted: bool) -> None:  # noqa: FBT001 - the fact itself
    assert wants_colour(_Terminal(), environment) is wanted


def test_a_pipe() -> None:
    assert wants_colour(io.StringIO(), {}) is False
