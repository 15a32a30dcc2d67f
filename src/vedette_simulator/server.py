"""The server: loopback only, and never outliving what started it."""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO

from werkzeug.serving import BaseWSGIServer, make_server

from vedette_simulator.catalogue import HANDLERS
from vedette_simulator.estate.model import Estate
from vedette_simulator.faults import Faults
from vedette_simulator.front import application
from vedette_simulator.identity import Identities
from vedette_simulator.moto_boundary import REQUEST_HANDLER, application as moto_application
from vedette_simulator.seed import seed
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


def end_with(server: BaseWSGIServer, source: BinaryIO, lifetime: float) -> Callable[[], None]:
    """Shut the server down when `source` ends, the parent process dies, or the lifetime (seconds) is over.

    Returns a function that does so at once.
    """
    ending = threading.Event()
    parent = os.getppid()

    def read_to_end() -> None:
        while source.read(4096):
            pass
        ending.set()

    def watch() -> None:
        limit = time.monotonic() + lifetime
        while not ending.wait(1.0):
            if os.getppid() != parent or time.monotonic() > limit:
                break
        server.shutdown()

    threading.Thread(target=read_to_end, daemon=True).start()
    threading.Thread(target=watch, daemon=True).start()
    return ending.set


def _quiet() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
