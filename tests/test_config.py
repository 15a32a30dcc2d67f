import re
from pathlib import Path

import pytest

from vedette import config
from vedette.config import Settings, load_settings, settings_from
from vedette.errors import ConfigError


def test_defaults_follow_the_base_directories() -> None:
    settings = settings_from({"HOME": "/home/ann"})
    assert settings == Settings(
        data=Path("/home/ann/.local/share/vedette"),
        database=Path("/home/ann/.local/share/vedette/advisories.db"),
        store="sqlite:////home/ann/.local/share/vedette/store.db",
        feeds=Path("/home/ann/.local/share/vedette/feeds"),
        cache=Path("/home/ann/.cache/vedette"),
        regions=("us-east-1",),
        role_name="VedetteScanner",
        external_id=None,
        key_file=Path("/home/ann/.local/share/vedette/key"),
    )


def test_xdg_wins_over_home_and_our_own_over_both() -> None:
    settings = settings_from(
        {"XDG_DATA_HOME": "/data", "VEDETTE_CACHE_DIR": "/fast", "HOME": "/home/ann"}
    )
    assert settings.data == Path("/data/vedette")
    assert settings.cache == Path("/fast")


def test_every_setting_can_be_given() -> None:
    settings = settings_from(
        {
            "VEDETTE_DATA_DIR": "/d",
            "VEDETTE_CACHE_DIR": "/c",
            "VEDETTE_DB": "/x.db",
            "VEDETTE_STORE": "postgresql+psycopg://u@h/v",
            "VEDETTE_REGIONS": "eu-west-1, us-east-2,,",
            "VEDETTE_ROLE_NAME": "Reader",
            "VEDETTE_EXTERNAL_ID": "secret-handshake",
            "VEDETTE_KEY_FILE": "/k",
            "VEDETTE_EXECUTOR": "tcp://10.0.0.1:8786",
            "VEDETTE_WORKERS": "12",
        }
    )
    assert settings.database == Path("/x.db")
    assert settings.store == "postgresql+psycopg://u@h/v"
    assert settings.regions == ("eu-west-1", "us-east-2")
    assert settings.role_name == "Reader"
    assert settings.external_id == "secret-handshake"
    assert settings.key_file == Path("/k")
    assert (settings.executor, settings.workers) == ("tcp://10.0.0.1:8786", 12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VEDETTE_EXECUTOR", "dask"),
        ("VEDETTE_WORKERS", "many"),
        ("VEDETTE_WORKERS", "-1"),
        ("VEDETTE_WORKERS", "257"),
    ],
)
def test_what_a_setting_may_not_be_is_said(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is '{value}'"):
        settings_from({"HOME": "/h", name: value})


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_of_the_aws_cli_is_the_default(name: str) -> None:
    assert settings_from({"HOME": "/h", name: "eu-north-1"}).regions == ("eu-north-1",)


def test_without_a_home_there_is_no_guess() -> None:
    with pytest.raises(ConfigError, match="set VEDETTE_DATA_DIR, XDG_DATA_HOME or HOME"):
        settings_from({})


def test_the_process_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_DATA_DIR", "/elsewhere")
    assert load_settings().data == Path("/elsewhere")


def test_the_reference_tells_of_every_variable() -> None:
    read = set(re.findall(r'"(VEDETTE_\w+)"', Path(config.__file__).read_text()))
    page = Path(__file__).parents[1] / "docs/reference/settings.md"
    assert set(re.findall(r"^\| `(VEDETTE_\w+)`", page.read_text(), re.MULTILINE)) == read
