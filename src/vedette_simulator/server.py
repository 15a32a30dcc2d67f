"""The server: bound to loopback only, with the estate in it."""

import logging
import time
from datetime import UTC, datetime

from werkzeug.serving import BaseWSGIServer, make_server

from vedette_simulator.catalogue import HANDLERS
from vedette_simulator.estate.model import Estate
from vedette_simulator.faults import Faults
from vedette_simulator.front import application
from vedette_simulator.identity import Identities
from vedette_simulator.moto_boundary import REQUEST_HANDLER, application as moto_application
from vedette_simulator.ready import Ready, ReadyAccount
from vedette_simulator.seed import seed
from vedette_simulator.seed.organization import user
from vedette_simulator.world import World

LOOPBACK = "127.0.0.1"


def now() -> datetime:
    """The time of this machine."""
    return datetime.fromtimestamp(time.time(), UTC)


def bind(estate: Estate, port: int) -> tuple[BaseWSGIServer, World]:
    """A server with the estate in it, bound but not yet serving; port 0 takes a free one."""
    _quiet()
    world = World(
        moto=moto_application(estate.seed),
        handlers=HANDLERS,
        identities=Identities(estate.name),
        faults=Faults(estate.faults),
        clock=now,
    )
    server = make_server(
        LOOPBACK, port, application(world), threaded=True, request_handler=REQUEST_HANDLER
    )
    world.endpoint = f"http://{LOOPBACK}:{server.server_port}"
    seed(world, estate)
    return server, world


def ready(world: World, estate: Estate) -> Ready:
    """What a client needs to know of a world."""
    callers = [(account, user(world, estate, account)) for account in estate.organization.accounts]
    return Ready(
        endpoint=world.endpoint,
        estate=estate.name,
        regions=estate.organization.regions,
        accounts=tuple(
            ReadyAccount(
                id=account.id,
                name=account.name,
                management=account.management,
                access_key_id=caller.access_key,
                secret_access_key=caller.secret_key,
            )
            for account, caller in callers
        ),
    )


def _quiet() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
