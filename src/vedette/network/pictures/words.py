"""Names from outside, made fit for a picture."""

import unicodedata

_LONGEST = 60


def shown(text: str, longest: int = _LONGEST) -> str:
    """Without control, format and unassigned characters, and cut where it is too long to read."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(
        one if unicodedata.category(one)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for one in cut
    )


def listed(words: tuple[str, ...], most: int) -> str:
    """The first of them, and how many more there are."""
    text = ", ".join(words[:most])
    more = len(words) - most
    return f"{text} and {more} more" if more > 0 else text
