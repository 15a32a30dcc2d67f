"""The key file: made once, its owner's alone."""

import base64
from pathlib import Path

import pytest

from vedette.app.sealing import new_key
from vedette.bootstrap.keys import open_sealer
from vedette.errors import ConfigError


def test_a_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "key"
    sealed = open_sealer(path).seal("secret", "owner")
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_sealer(path).open(sealed, "owner") == "secret"
    assert [one.name for one in path.parent.iterdir()] == ["key"]


def test_who_is_second_takes_the_key_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    first = base64.b64encode(new_key())

    def late() -> bytes:
        path.write_bytes(first)
        path.chmod(0o600)
        return b"x" * 32

    monkeypatch.setattr("vedette.bootstrap.keys.new_key", late)
    open_sealer(path)
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    open_sealer(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="others may read this key"):
        open_sealer(path)


@pytest.mark.parametrize("content", [b"?", b"\xff", b"eA==", b"", b"A" * 5000])
def test_what_is_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="32 bytes"):
        open_sealer(path)


def test_a_place_where_no_key_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="the key cannot be read"):
        open_sealer(tmp_path / "file" / "key")
    with pytest.raises(ConfigError, match="the key cannot be read"):
        open_sealer(tmp_path)
