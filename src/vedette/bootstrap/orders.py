"""What a worker is told and does: one job of extraction, with the credentials that it has itself.

An order and what comes of it travel as MessagePack. Neither has credentials or signed URLs: a worker uses those of its own
environment (processes of this machine have ours), enters accounts by their role as the server does, and asks for URLs itself.
"""

import tempfile
import threading
from functools import lru_cache
from pathlib import Path

import msgspec

from vedette.app.inventories.extraction import failed, outcome_of
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.taken import Job, Workbench
from vedette.bootstrap.layers import layer_cache
from vedette.clients.aws import Account, AwsSettings, connect
from vedette.clients.http import HttpClient
from vedette.config import Settings, load_settings
from vedette.errors import ConfigError, Error
from vedette.inventory.cache import DirectoryCache
from vedette.model.arn import AccountId


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker takes from the server's settings; `cache` is a folder of the worker's machine."""

    region: str
    role_name: str
    cache: str
    profile: str | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a worker is sent."""

    place: Place
    job: Job


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Order)


def place_of(settings: Settings, profile: str | None) -> Place:
    """Where workers of a server with these settings work."""
    return Place(
        region=settings.regions[0],
        role_name=settings.role_name,
        cache=str(settings.cache),
        profile=profile,
    )


def written(place: Place, job: Job) -> bytes:
    """An order as it is sent."""
    return _ENCODER.encode(Order(place=place, job=job))


def carry_out(order: bytes) -> bytes:
    """Do what an order says, in a worker: an outcome comes back, also where the worker has no credentials."""
    try:
        asked = _DECODER.decode(order)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return failed(f"the worker does not understand the order: {error}")
    try:
        accounts = _entered(asked.place)
        with HttpClient() as http, tempfile.TemporaryDirectory(prefix="vedette-") as folder:
            bench = Workbench(
                account=accounts.account,
                scratch=Scratch(Path(folder), http),
                cache=_cache(asked.place.cache),
            )
            return outcome_of(asked.job, bench)
    except Error as error:
        return failed(str(error))
    except EOFError:
        return failed("the AWS profile asks for a code, which a worker cannot answer")


def _cache(folder: str) -> DirectoryCache | None:
    """None on a machine where there is no such place: everything is read there, and nothing kept."""
    try:
        return layer_cache(Path(folder))
    except ConfigError:
        return None


class _Accounts:
    """The accounts that a worker has entered; sessions are kept from job to job."""

    def __init__(self, home: Account) -> None:
        self._own = home.identity()
        self._entered = {self._own: home}
        self._lock = threading.Lock()

    def account(self, account: AccountId) -> Account:
        with self._lock:
            if account not in self._entered:
                self._entered[account] = self._entered[self._own].assume(account)
            return self._entered[account]


@lru_cache(maxsize=4)
def _entered(place: Place) -> _Accounts:
    """With this process's own credentials; the external id that trust policies ask for is its own as well."""
    home = connect(
        AwsSettings(
            region=place.region,
            profile=place.profile,
            role_name=place.role_name,
            external_id=load_settings().external_id,
        )
    )
    return _Accounts(home)
