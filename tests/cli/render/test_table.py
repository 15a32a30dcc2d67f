import pytest

from vedette.cli.render.table import printable, table


def test_columns_are_aligned_and_ends_are_bare() -> None:
    text = table(["ID", "NAME"], [["1", "first"], ["22", "b"]], width=80)
    assert text == "ID  NAME\n1   first\n22  b"


def test_the_widest_column_gives_way() -> None:
    text = table(["A", "B"], [["x", "0123456789abcdef"]], width=13)
    assert text == "A  B\nx  012345678…"


def test_columns_do_not_shrink_to_nothing() -> None:
    text = table(["A"], [["0123456789abcdef"]], width=2)
    assert text == "A\n0123456…"


def test_no_limit_in_a_pipe() -> None:
    assert table(["A"], [["x" * 500]]) == "A\n" + "x" * 500


@pytest.mark.parametrize("evil", ["\x1b[31mred", "a\nb", "c\rd", "\u202ereversed", "\x9b1m"])
def test_control_characters_do_not_reach_the_terminal(evil: str) -> None:
    shown = printable(evil)
    assert "\N{REPLACEMENT CHARACTER}" in shown
    assert not {"\x1b", "\n", "\r", "\u202e", "\x9b"} & set(shown)
