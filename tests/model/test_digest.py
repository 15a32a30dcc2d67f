"""Content digests."""

import pytest

from vedette.errors import ParseError
from vedette.model.digest import digest_of, parse_digest

_EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_digests() -> None:
    assert digest_of(b"") == _EMPTY
    assert parse_digest(_EMPTY) == _EMPTY
    assert parse_digest("sha512:" + "a" * 128) == "sha512:" + "a" * 128


@pytest.mark.parametrize("text", ["", "sha256:", "md5:" + "a" * 32, _EMPTY.upper(), _EMPTY + "\n"])
def test_what_is_no_digest(text: str) -> None:
    with pytest.raises(ParseError, match="not a digest"):
        parse_digest(text)
