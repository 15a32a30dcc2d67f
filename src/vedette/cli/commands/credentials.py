"""`vedette credentials create|list|revoke`."""

import click
import msgspec

from vedette.app.credentials import (
    Credential,
    Grant,
    Role,
    create_credential,
    list_credentials,
    revoke_credential,
)
from vedette.bootstrap import clock, estate
from vedette.bootstrap.keys import open_sealer
from vedette.cli.render.table import printable, table
from vedette.cli.render.terminal import note
from vedette.config import load_settings
from vedette.errors import ConfigError
from vedette.model.arn import AccountId, parse_account_id
from vedette.store.store import SqlStore

_EVERY = "all"
_form_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group("credentials")
def COMMAND() -> None:  # noqa: N802 - the name is the catalogue's
    """Who may call the API: create, list, revoke."""


@COMMAND.command("create")
@click.option(
    "--role",
    type=click.Choice([one.value for one in Role]),
    required=True,
    help="Readers call only what changes nothing.",
)
@click.option("--account", help="Account that it stands for. Default: the only one in the store.")
@click.option(
    "--accounts", metavar="ID,…|all", help="Accounts that it may see besides; all: every one."
)
@click.option("--name", default="", help="Whose it is, for the list.")
@_form_option
def create(role: str, account: str | None, accounts: str | None, *, name: str, form: str) -> None:
    """Make an access key for clients of the API.

    The secret is shown this once. Clients take both as they take AWS's: in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in a profile.
    """
    settings = load_settings()
    sealer = open_sealer(settings.key_file)
    with estate.open_store(settings) as store:
        grant = Grant(
            role=Role(role),
            account=parse_account_id(account) if account else _only_account(store),
            accounts=_accounts(accounts),
            name=name,
        )
        made, secret = create_credential(store, sealer, grant, now=clock.now())
    if form == "json":
        _json({"schema": "vedette-credential/1", **_told(made), "secret": secret})
        return
    click.echo(f"AWS_ACCESS_KEY_ID={made.access_key}")
    click.echo(f"AWS_SECRET_ACCESS_KEY={secret}")
    note("vedette: the secret is not shown again")


@COMMAND.command("list")
@_form_option
def show(form: str) -> None:
    """Show the access keys, without their secrets."""
    settings = load_settings()
    with estate.open_store(settings) as store:
        found = list_credentials(store)
    if form == "json":
        told = [_told(one) for one in found]
        _json({"schema": "vedette-credentials/1", "credentials": told})
        return
    header = ["ACCESS KEY", "ROLE", "ACCOUNT", "SEES", "NAME", "MADE", "LAST USED"]
    click.echo(table(header, [_row(one) for one in found]))


@COMMAND.command("revoke")
@click.argument("access_key")
def revoke(access_key: str) -> None:
    """Remove an access key. A running server refuses it within seconds."""
    settings = load_settings()
    with estate.open_store(settings) as store:
        if not revoke_credential(store, access_key):
            raise ConfigError(f"there is no access key {printable(access_key)}")
    click.echo(f"revoked {access_key}")


def _accounts(text: str | None) -> tuple[AccountId, ...] | None:
    """Accounts besides the own one; None is all."""
    if text == _EVERY:
        return None
    names = (name.strip() for name in (text or "").split(","))
    return tuple(sorted({parse_account_id(name) for name in names if name}))


def _only_account(store: SqlStore) -> AccountId:
    found: set[AccountId] = set()
    for resource in store.resources():
        found |= {resource.ref.account} if resource.ref.account else set()
        if len(found) > 1:
            break
    if len(found) != 1:
        raise ConfigError("say which account it stands for: --account")
    return found.pop()


def _sees(one: Credential) -> str:
    accounts = one.grant.accounts
    return _EVERY if accounts is None else ",".join(sorted({one.grant.account, *accounts}))


def _row(one: Credential) -> list[str]:
    return [
        one.access_key,
        one.grant.role,
        one.grant.account,
        _sees(one),
        printable(one.grant.name),
        one.made_at.date().isoformat(),
        one.used_at.isoformat(timespec="minutes") if one.used_at else "never",
    ]


def _told(one: Credential) -> dict[str, object]:
    return {
        "access_key": one.access_key,
        "role": one.grant.role,
        "account": one.grant.account,
        "accounts": None if one.grant.accounts is None else _sees(one).split(","),
        "name": one.grant.name,
        "made_at": one.made_at,
        "used_at": one.used_at,
    }


def _json(document: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
