"""What refreshing the feeds needs."""

import multiprocessing
from multiprocessing.context import BaseContext


def worker_context() -> BaseContext:
    """How worker processes are started: never by forking, since there are threads."""
    return multiprocessing.get_context("forkserver")
