"""`vedette findings plan`: the fewest changes that remove the most risk."""

from collections.abc import Iterator

import click
import msgspec

from vedette.app.base_images import all_bases
from vedette.app.ports import Store
from vedette.bootstrap import estate
from vedette.cli.render.table import printable, table
from vedette.config import load_settings
from vedette.findings.plan import Plan, PlannedFix, plan
from vedette.findings.query import Sort, SortField
from vedette.model.filter import All, Any as AnyOf, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingStatus

_PAGE = 500
_BY_ID = Sort(field=SortField.FINDING_ID, descending=False)


@click.command("plan")
@click.option("--account", multiple=True, help="Account id.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Changes.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def plan_command(account: tuple[str, ...], limit: int, form: str) -> None:
    """Say what to change first: package upgrades, layers, base and machine images, launch templates, ways through the network.

    Each change counts what it removes of what the changes before it leave.
    """
    with estate.open_store(load_settings()) as store:
        resources = {one.ref: one for one in store.resources()}
        made = plan(_active(store, account), resources, all_bases(store), most=limit)
    if form == "json":
        document = {"schema": "vedette-plan/1", **msgspec.to_builtins(made)}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    for line in _lines(made):
        click.echo(line)


def _active(store: Store, accounts: tuple[str, ...]) -> Iterator[Finding]:
    condition: Filter = _is(TextField.STATUS, FindingStatus.ACTIVE)
    if accounts:
        owned = tuple(_is(TextField.ACCOUNT_ID, account) for account in accounts)
        condition = All(parts=(condition, AnyOf(parts=owned)))
    after: str | None = None
    while True:
        page = store.list(condition, sort=_BY_ID, limit=_PAGE, after=after)
        yield from page.findings
        if page.next is None:
            return
        after = page.next


def _lines(made: Plan) -> Iterator[str]:
    rows = [_row(number, one) for number, one in enumerate(made.fixes, 1)]
    yield table(("", "RISK", "FINDINGS", "RESOURCES", "CHANGE"), rows)
    removed = sum(one.risk for one in made.fixes)
    yield f"{removed:.0f} of {made.risk:.0f} risk; of {made.findings} findings {made.unmended} have no whole fix"


def _row(number: int, one: PlannedFix) -> tuple[str, ...]:
    return (
        str(number),
        f"{one.risk:.0f}",
        str(one.findings),
        str(len(one.resources)),
        printable(_in_words(one)),
    )


def _in_words(one: PlannedFix) -> str:
    fix = one.fix
    if fix.package is None:
        return f"{fix.kind}: {fix.where}"
    return f"upgrade {fix.package[1]} to {' or '.join(one.versions)} in {fix.where}"


def _is(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))
