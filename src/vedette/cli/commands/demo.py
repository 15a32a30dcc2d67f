"""`vedette demo`: a simulated AWS estate, from discovery to a patched instance.

The simulator is a process of its own on loopback; vedette talks to it with boto3 over HTTP as it would to AWS.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from vedette.app.discovery.scope import Scope
from vedette.app.evaluate import Means, PassReport, run_pass
from vedette.app.patch import patch, patchable
from vedette.app.publish import Delivery, publish
from vedette.bootstrap import clock, estate, scanning
from vedette.cli.commands.evaluate import Entered, delivery_lines, pass_lines
from vedette.cli.commands.findings import HEADER, finding_rows
from vedette.cli.commands.judging import starter_note
from vedette.cli.commands.options import Exit
from vedette.cli.render.table import printable, table
from vedette.cli.render.terminal import progress_bars, wants_colour
from vedette.clients.aws import Account, AwsSettings, connect
from vedette.config import Settings, load_settings, process_environment
from vedette.errors import ConfigError, Error
from vedette.findings.explain import explain_finding, why_first
from vedette.findings.ports import FindingStore
from vedette.integrations import eventbridge, security_hub
from vedette.integrations.patch_manager import Waiting
from vedette.model.filter import All, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.store.store import SqlStore

_TOP = 12
_LOOK_EVERY = 0.2
_SINKS = (eventbridge.SINK, security_hub.SINK)
_QUEUE = "security-team"


@click.command("demo")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the demo's store. Default: below the cache folder; it is emptied first.",
)
def COMMAND(keep: Path | None) -> None:  # noqa: N802 - the name is the catalogue's
    """Watch a simulated AWS Organization being discovered, judged, published and patched.

    Needs no AWS account and no network. Takes less than a minute; the findings stay to be looked at.
    """
    try:
        from vedette_simulator.process import start  # noqa: PLC0415 - the demo's extra
    except ImportError as error:
        raise ConfigError("the demo needs its extra: pip install 'vedette[demo]'") from error
    settings = _own_settings(load_settings(), keep)
    _say("A simulated AWS Organization starts on this machine")
    with start() as simulator:
        keys = simulator.credentials()
        home = connect(
            AwsSettings(region=simulator.region, endpoint_url=simulator.endpoint),
            credentials=(keys["aws_access_key_id"], keys["aws_secret_access_key"]),
        )
        scope = Scope(regions=(simulator.region,))
        with _means(settings, home) as (means, store, database):
            _Demo(means, store, scope, home).run(database)
        administrator = home.identity()
    _say("How to look further")
    _further(settings, scope.regions[0], administrator)


def _own_settings(settings: Settings, keep: Path | None) -> Settings:
    folder = keep or settings.cache / "demo"
    store = folder / "store.db"
    try:
        for name in ("store.db", "store.db-wal", "store.db-shm"):
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / "layers", ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from error
    return msgspec.structs.replace(settings, store=f"sqlite:///{store.absolute()}", cache=folder)


@contextmanager
def _means(settings: Settings, home: Account) -> Iterator[tuple[Means, SqlStore, str]]:
    with (
        scanning.advisory_database(None, settings) as index,
        estate.open_store(settings) as store,
        estate.means_of(settings, home, store, index) as means,
    ):
        dated = index.built_at.date().isoformat()
        told = starter_note(dated) if index.starter else f"judged with the database of {dated}"
        yield means, store, told


def _say(text: str) -> None:
    colour = wants_colour(sys.stdout, process_environment())
    click.secho(f"\n== {text}", bold=True, color=colour)


def _lines(lines: Iterator[str] | tuple[str, ...]) -> None:
    for line in lines:
        click.echo(f"   {printable(line)}")


class _Demo:
    """The steps, in order, on one estate."""

    def __init__(self, means: Means, store: SqlStore, scope: Scope, home: Account) -> None:
        self._means = means
        self._store = store
        self._scope = scope
        self._home = home
        self._outlet = Entered(home)

    def run(self, database: str) -> None:
        _say("Discover, take inventories, match, analyse the network, score, store")
        _lines((database,))
        self._pass()
        self._top()
        _say("Publish to Security Hub and EventBridge")
        self._publish()
        self._heard()
        _say("A second pass over the unchanged estate")
        again = self._pass()
        if again.read or again.opened or again.updated or again.closed:
            raise Error("the second pass changed something though nothing had changed")
        _say("Patch the instance with the greatest risk, by SSM Patch Manager")
        self._patch()
        _say("Look again: what was mended closes by itself")
        self._pass()
        self._publish()

    def _pass(self) -> PassReport:
        with progress_bars() as progress:
            report = run_pass(self._means, self._scope, now=clock.now(), progress=progress)
        _lines(pass_lines(report))
        return report

    def _top(self) -> None:
        _say("What to fix first, and why")
        page = _active(self._store, _TOP)
        click.echo(table(HEADER, finding_rows(page)))
        first = next(iter(page), None)
        if first is not None:
            click.echo()
            _lines(explain_finding(first))
        _say("What the network lets in")
        for finding in _active(self._store, _TOP, kind="NETWORK_REACHABILITY"):
            _lines((f"{finding.severity:<8} {finding.title}", f"         {_way(finding)}"))

    def _publish(self) -> tuple[Delivery, ...]:
        with progress_bars() as progress:
            deliveries = publish(self._store, _SINKS, self._outlet, progress)
        _lines(delivery_lines(deliveries))
        return deliveries

    def _heard(self) -> None:
        message = _one_message(self._home)
        if message is None:
            raise Error(f"no event reached the queue {_QUEUE}")
        detail = message["detail"]
        _lines((f"the queue {_QUEUE} received: {message['detail-type']}: {detail['title']}",))

    def _patch(self) -> None:
        worst = next(
            finding
            for finding in _active(self._store, 1000)
            if finding.key.resource in patchable([finding])
        )
        _lines((f"{worst.key.resource.id}: {worst.title}: {why_first(worst)}",))
        waiting = Waiting(pause=lambda: clock.pause(_LOOK_EVERY))
        for outcome in patch([worst.key.resource], self._outlet, waiting):
            _lines((f"{outcome.instance}: {outcome.status}", *outcome.output.splitlines()[-4:]))


def _active(store: FindingStore, limit: int, *, kind: str | None = None) -> tuple[Finding, ...]:
    wanted = {TextField.STATUS: str(FindingStatus.ACTIVE)} | (
        {TextField.TYPE: kind} if kind else {}
    )
    tests = [
        Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))
        for field, value in wanted.items()
    ]
    return store.list(All(parts=tuple(tests)), limit=limit).findings


def _way(finding: Finding) -> str:
    evidence = finding.evidence
    if not isinstance(evidence, Reachable):
        return ""
    return " → ".join(
        f"{hop.component_id} ({hop.rule})" if hop.rule else hop.component_id
        for hop in evidence.exposure.path
    )


def _one_message(home: Account) -> Any:
    """An event out of the queue that the estate's rule leads to, through SNS."""
    url = home.call("sqs", "get_queue_url", QueueName=_QUEUE)["QueueUrl"]
    answer = home.call("sqs", "receive_message", QueueUrl=url, MaxNumberOfMessages=1)
    for message in answer.get("Messages", ()):
        envelope = msgspec.json.decode(message["Body"])
        return msgspec.json.decode(envelope["Message"])
    return None


_VERBS = (
    ("findings list", "the greatest risk first; --format json for programs"),
    ("findings explain ID", "why it is there, and why it ranks where it does"),
    ("coverage", "what is scanned, and why not"),
    ("scan rootfs /", "this machine"),
    ("db update", "all advisories, from their publishers"),
)


def _further(settings: Settings, region: str, administrator: str) -> None:
    called = Path(sys.argv[0])
    program = str(called) if called.name == "vedette" else "vedette"
    _lines((f"export VEDETTE_STORE={settings.store} VEDETTE_REGIONS={region}",))
    _lines(tuple(f"{program} {verb:<22}{what}" for verb, what in _VERBS))
    _say("How to ask as of Amazon Inspector")
    _lines(
        (
            f"{program} credentials create --role reader --account {administrator} --accounts all",
            f"{program} serve --no-passes &",
            f"aws inspector2 list-findings --region {region} --endpoint-url http://127.0.0.1:8440",
        )
    )
    sys.exit(Exit.DONE)
