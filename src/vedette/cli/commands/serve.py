"""`vedette serve`."""

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from vedette.api.asgi import create_app
from vedette.app.discovery.scope import Agentless
from vedette.app.progress import Progress
from vedette.app.runs import Run
from vedette.app.schedule import Schedule
from vedette.bootstrap import estate
from vedette.bootstrap.jobs import Passes, Refreshes, pass_job, refresh_job
from vedette.bootstrap.keys import open_sealer
from vedette.bootstrap.server import Listening, open_socket, run_server, url_of
from vedette.bootstrap.serving import Options, holder, open_door, schedule_of
from vedette.cli.commands.evaluate import Entered, scope_of
from vedette.cli.commands.options import database_option
from vedette.cli.render.table import printable
from vedette.cli.render.terminal import note, progress_bars
from vedette.config import Settings, load_settings
from vedette.errors import ConfigError
from vedette.integrations import SINKS
from vedette.store.store import SqlStore

_SINKS = {sink.name: sink for sink in SINKS}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PATIENCE = 5.0


class _Duration(click.ParamType["timedelta"]):
    """Such as 30m; `off` is none."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        if value == "off":
            return timedelta(0)
        found = _DURATION.fullmatch(str(value))
        if found is None or not int(found[1]):
            self.fail("write such as 30m, 6h or off", param, ctx)
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8440, show_default=True)
@click.option("--tls-cert", type=click.Path(path_type=Path, dir_okay=False), help="PEM file.")
@click.option("--tls-key", type=click.Path(path_type=Path, dir_okay=False), help="PEM file.")
@click.option("--insecure", is_flag=True, help="Listen beyond this machine without TLS.")
@click.option(
    "--passes/--no-passes", default=True, show_default=True, help="Look at the estate as well."
)
@click.option(
    "--every", type=_Duration(), default="1h", show_default=True, help="Between two passes."
)
@click.option(
    "--refresh-every",
    type=_Duration(),
    default="6h",
    show_default=True,
    help="Between two refreshes of the feeds; off: none. There are none with --db.",
)
@click.option("--mirror", metavar="DIR|URL", help="Refresh from a mirror.")
@click.option("--region", "regions", multiple=True, help="Region to look at; may be repeated.")
@click.option(
    "--account", "accounts", multiple=True, help="Account; default: the whole Organization."
)
@click.option("--tag", "tags", multiple=True, help="KEY=VALUE: only what has one of these tags.")
@click.option(
    "--agentless",
    type=click.Choice([one.value for one in Agentless]),
    default=Agentless.NONE.value,
    show_default=True,
    help="As of `vedette evaluate`.",
)
@click.option("--profile", help="Profile of the shared AWS configuration.")
@click.option(
    "--sink", "sinks", multiple=True, type=click.Choice(sorted(_SINKS)), help="Where changes go."
)
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=100.0,
    show_default=True,
    help="Calls a second of one access key; 0: any number.",
)
@click.option(
    "--audit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Audit log. Default: audit.log in the data folder.",
)
@database_option
def COMMAND(**given: Any) -> None:  # noqa: N802 - the name is the catalogue's
    """Serve the Inspector2 API, and keep looking at the estate.

    Clients of Amazon Inspector work unchanged with this server as their endpoint and credentials made by `vedette credentials create`.
    Ends at SIGTERM or SIGINT within seconds.
    """
    logging.basicConfig(format="vedette: %(message)s", level=logging.WARNING)
    settings = load_settings()
    listening = Listening(
        host=given["host"],
        port=given["port"],
        tls_cert=given["tls_cert"],
        tls_key=given["tls_key"],
        insecure=given["insecure"],
    )
    with open_socket(listening) as opened, estate.open_store(settings) as store:
        _serve(settings, listening, opened, store, given)


def _serve(
    settings: Settings,
    listening: Listening,
    opened: socket.socket,
    store: SqlStore,
    given: dict[str, Any],
) -> None:
    passes = _passes(settings, given)
    options = Options(
        regions=tuple(sorted({*settings.regions, *passes.scope.regions})),
        audit=given["audit"] or settings.data / "audit.log",
        rate=given["rate"],
        profile=given["profile"],
        database=given["database"],
    )
    sealer = open_sealer(settings.key_file)
    with (
        progress_bars() as progress,
        _scheduled(settings, passes, store, progress, given) as schedules,
    ):
        look_now = schedules[0].look_now if schedules else None
        with open_door(settings, options, store, sealer, look_now) as door:

            def ready() -> None:
                served = ", ".join(options.regions)
                note(f"vedette: listening on {url_of(listening, opened)} for {served}")
                # not before the door is open: both may have to make the starter set
                for schedule in schedules:
                    schedule.start()

            run_server(create_app(door, ready=ready), listening, opened)
    note("vedette: stopped")


def _passes(settings: Settings, given: dict[str, Any]) -> Passes:
    if not given["every"]:
        raise ConfigError("--every cannot be off; say --no-passes")
    return Passes(
        every=given["every"],
        scope=scope_of(
            given["regions"],
            given["accounts"],
            given["tags"],
            settings.regions,
            Agentless(given["agentless"]),
        ),
        profile=given["profile"],
        sinks=tuple(_SINKS[name] for name in given["sinks"]),
        outlet=Entered,
        database=given["database"],
    )


@contextmanager
def _scheduled(
    settings: Settings,
    passes: Passes,
    store: SqlStore,
    progress: Progress,
    given: dict[str, Any],
) -> Iterator[tuple[Schedule, ...]]:
    """The schedule of passes, where there are any, and that of refreshes, which wakes it; they are yet to be started."""
    if not given["passes"]:
        yield ()
        return
    name = holder()
    looking = schedule_of(pass_job(passes, settings, store, progress), store, name, _report)
    started = [looking]
    if given["refresh_every"] and given["database"] is None:
        mirror = given["mirror"]
        served = mirror is None or mirror.startswith(("http://", "https://"))
        refreshes = Refreshes(
            every=given["refresh_every"], mirror=mirror if served else Path(mirror)
        )
        job = refresh_job(refreshes, settings, progress, looking.look_now)
        started.append(schedule_of(job, store, name, _report))
    try:
        yield tuple(started)
    finally:
        for schedule in started:
            schedule.request_stop()
        for schedule in started:
            if not schedule.stop(_PATIENCE):
                note("vedette: a pass is broken off; the next one makes it good")


def _report(run: Run) -> None:
    figures = ", ".join(f"{number} {name}" for name, number in run.figures.items())
    said = "; ".join(filter(None, (run.reason, figures)))
    note(printable(f"vedette: {run.job} {run.outcome}{': ' if said else ''}{said}"))
