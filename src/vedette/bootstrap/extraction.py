"""Where targets are extracted: in threads, in processes of this machine, or on a Dask cluster, as `VEDETTE_EXECUTOR` says."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import botocore.exceptions
import botocore.session
import msgspec

from vedette.app.inventories.extraction import outcome_from
from vedette.app.inventories.taken import Extract, Job, Unread, Workers
from vedette.bootstrap.dask_workers import Cluster, cluster
from vedette.bootstrap.orders import Place, carry_out, place_of, written
from vedette.bootstrap.workers import Lanes, lanes
from vedette.config import Settings
from vedette.model.inventory import Inventory

_HANDFUL = 8
"""Jobs before processes are worth their start, which takes as long as reading a small image."""
_FEW = 2
"""Processors that threads can keep busy: half of what reading takes is done without the interpreter's lock (ADR 118)."""


class _Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs are sent as orders; the first `here` of them are done by whoever asks."""

    place: Place
    workers: Lanes | Cluster
    here: int
    asked: "itertools.count[int]"

    @property
    def at_once(self) -> int:
        """See `Workers.at_once`."""
        return self.workers.at_once

    def extract(self, job: Job, here: Extract) -> Inventory | Unread:
        """See `Workers.extract`."""
        if next(self.asked) < self.here:
            return here(job)
        return outcome_from(self.workers.run(written(self.place, job)))


@contextmanager
def workers(settings: Settings, *, profile: str | None) -> Iterator[Workers | None]:
    """Who extracts in a pass; None: the threads of the pass itself.

    Raises:
        ConfigError: where a cluster is asked for that is not there.
    """
    place = place_of(settings, profile)
    number = settings.workers or os.cpu_count() or 1
    match settings.executor:
        case "threads":
            yield None
        case "auto":
            if number <= _FEW or _asks_for_codes(profile):
                yield None
                return
            with lanes(carry_out, number) as opened:
                yield _Sent(place=place, workers=opened, here=_HANDFUL, asked=itertools.count())
        case "processes":
            with lanes(carry_out, number) as opened:
                yield _Sent(place=place, workers=opened, here=0, asked=itertools.count())
        case address:
            with cluster(address, carry_out) as far:
                yield _Sent(place=place, workers=far, here=0, asked=itertools.count())


def _asks_for_codes(profile: str | None) -> bool:
    """Whether the AWS profile asks its user for a code: once, not in every process."""
    try:
        return "mfa_serial" in botocore.session.Session(profile=profile).get_scoped_config()
    except botocore.exceptions.BotoCoreError:
        return False  # whoever connects says what is wrong
