"""Names and versions as they may appear in any package format."""

from vedette.errors import ParseError

_LONGEST = 1024  # Inspector's own bound on a package's name and version (VulnerablePackage)


def word(text: str, what: str) -> str:
    """The text, if it is one printable ASCII word of at most 1,024 characters.

    Raises:
        ParseError: where it is not; `what` names it in the reason.
    """
    if not text:
        raise ParseError(f"no {what}")
    if len(text) > _LONGEST or not is_word(text):
        raise ParseError(f"not a {what}: {text[:80]!r}")
    return text


def is_word(text: str) -> bool:
    """Whether it is of printable ASCII characters and has no blank; also where it is empty."""
    return text.isascii() and text.isprintable() and " " not in text


def optional_word(text: str | None, what: str) -> str | None:
    """The same for what may be missing or empty."""
    return word(text, what) if text else None


def line(text: str | None) -> str | None:
    """Free text (a vendor, a licence) as one bounded line, or None where there is none."""
    return " ".join(text[:_LONGEST].split()) or None if text else None
