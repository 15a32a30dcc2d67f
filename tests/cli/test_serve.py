"""`serve` and `credentials` from the command line; what is served is tested under tests/e2e/api."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.api.operations import estate
from tests.cli.conftest import Run
from vedette.cli.commands import serve
from vedette.store.store import SqlStore

ACCOUNT = "111122223333"


def _create(run: Run, *options: str) -> Any:
    return run("credentials", "create", "--role", "reader", *options)


def _listed(run: Run) -> Any:
    return json.loads(run("credentials", "list", "--format", "json").stdout)["credentials"]


def test_a_credential_is_shown_once(run: Run) -> None:
    made = _create(run, "--account", ACCOUNT, "--name", "ann\x1b[31m")
    assert made.exit_code == 0
    found = re.fullmatch(
        r"AWS_ACCESS_KEY_ID=(VDTA[A-Z2-7]{16})\nAWS_SECRET_ACCESS_KEY=(\S{40})\n", made.stdout
    )
    assert found is not None
    assert made.stderr == "vedette: the secret is not shown again\n"
    shown = run("credentials", "list").stdout
    assert found[1] in shown
    assert found[2] not in shown
    assert "\x1b" not in shown
    assert re.search(rf"reader +{ACCOUNT} +{ACCOUNT} .* never", shown)


def test_a_credential_as_json(run: Run) -> None:
    made = json.loads(
        _create(run, "--account", ACCOUNT, "--accounts", "444455556666", "--format", "json").stdout
    )
    assert made["schema"] == "vedette-credential/1"
    assert len(made.pop("secret")) == 40
    del made["schema"]
    assert _listed(run) == [made]
    assert made["accounts"] == [ACCOUNT, "444455556666"]


def test_a_credential_that_sees_everything(run: Run) -> None:
    _create(run, "--account", ACCOUNT, "--accounts", "all")
    (one,) = _listed(run)
    assert one["accounts"] is None
    assert f"{ACCOUNT}  all" in run("credentials", "list").stdout


def test_the_only_account_of_the_store(run: Run, run_main: Run, tmp_path: Path) -> None:
    assert (
        "say which account it stands for"
        in run_main("credentials", "create", "--role", "admin").stderr
    )
    with SqlStore.open(f"sqlite:///{tmp_path / 'data' / 'store.db'}") as store:
        store.save_resources([estate.INSTANCE], looked_in=(), now=estate.EARLIER)
    assert _create(run).exit_code == 0
    assert [one["account"] for one in _listed(run)] == [str(estate.INSTANCE.ref.account)]
    with SqlStore.open(f"sqlite:///{tmp_path / 'data' / 'store.db'}") as store:
        estate.settle(store)
    assert run_main("credentials", "create", "--role", "admin").exit_code == 2


def test_a_credential_is_revoked(run: Run, run_main: Run) -> None:
    _create(run, "--account", ACCOUNT)
    (one,) = _listed(run)
    assert run("credentials", "revoke", one["access_key"]).stdout == (
        f"revoked {one['access_key']}\n"
    )
    assert _listed(run) == []
    again = run_main("credentials", "revoke", one["access_key"])
    assert (again.exit_code, again.stderr) == (
        2,
        f"vedette: there is no access key {one['access_key']}\n",
    )


@pytest.mark.parametrize(
    "options", [("--account", "x"), ("--account", ACCOUNT, "--accounts", "1,2")]
)
def test_accounts_that_are_none(run_main: Run, options: tuple[str, ...]) -> None:
    assert run_main("credentials", "create", "--role", "admin", *options).exit_code == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--host", "0.0.0.0"), "is not of this machine alone"),  # noqa: S104 - refused
        (("--tls-cert", "x"), "a certificate needs its key"),
        (("--port", "0", "--every", "off"), "--every cannot be off"),
        (("--port", "0", "--account", "x"), "not an AWS account id"),
        (("--port", "0", "--tag", "=x"), "not a tag"),
    ],
)
def test_what_cannot_be_served(run_main: Run, options: tuple[str, ...], told: str) -> None:
    ended = run_main("serve", *options)
    assert ended.exit_code == 2
    assert told in ended.stderr


@pytest.mark.parametrize("text", ["", "0m", "5", "5w", "-5m", "1.5h", "soon"])
def test_durations_that_are_none(run: Run, text: str) -> None:
    ended = run("serve", "--port", "0", "--every", text)
    assert ended.exit_code == 2
    assert "write such as 30m, 6h or off" in ended.stderr


def test_what_is_served(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With passes and refreshes, both of which fail: there is no AWS and no mirror."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    served: list[Any] = []

    async def live(app: Starlette) -> None:
        async with app.router.lifespan_context(app):
            served.append(app)

    monkeypatch.setattr(serve, "run_server", lambda app, *_given: asyncio.run(live(app)))
    ended = run(
        *("serve", "--port", "0", "--region", "eu-west-1", "--sink", "security-hub"),
        *("--mirror", str(tmp_path / "none"), "--every", "5m", "--refresh-every", "1d"),
    )
    assert ended.exit_code == 0, ended.stderr
    assert len(served) == 1
    lines = ended.stderr.splitlines()
    told = r"vedette: listening on http://127\.0\.0\.1:\d+ for .*eu-west-1.*"
    assert any(re.fullmatch(told, one) for one in lines), lines
    assert lines[-1] == "vedette: stopped"
