"""A real `vedette serve` on loopback, with a store that is not empty."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.config import Config
from botocore.session import Session

from tests.api.operations import estate, found
from vedette.app.credentials import Grant, Role, create_credential
from vedette.bootstrap.keys import open_sealer
from vedette.model.arn import AccountId
from vedette.store.store import SqlStore

REGION = "eu-west-1"
SESSION = Session()
"""One for all clients: it reads and compiles each service's model once."""
_LISTENING = re.compile(r"listening on (\S+)")


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """An access key and its secret."""

    key: str
    secret: str


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A server that runs, and who may call it."""

    url: str
    folder: Path
    process: Any
    lines: list[str]
    admin: Keys
    reader: Keys
    member: Keys

    def client(
        self, keys: Keys | None = None, service: str = "inspector2", *, attempts: int = 1
    ) -> Any:
        keys = keys or self.admin
        return SESSION.create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=keys.key,
            aws_secret_access_key=keys.secret,
            config=Config(retries={"total_max_attempts": attempts}),
        )

    def environment(self, keys: Keys | None = None) -> dict[str, str]:
        """For clients that are processes of their own."""
        keys = keys or self.admin
        return {
            "PATH": os.environ["PATH"],  # noqa: TID251 - of the machine that tests run on
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": keys.key,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }


def environment_of(folder: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "VEDETTE_DATA_DIR": str(folder),
        "VEDETTE_CACHE_DIR": str(folder / "cache"),
        "VEDETTE_REGIONS": f"{REGION},us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_CONFIG_FILE": str(folder / "none"),
    }


def settled(folder: Path) -> tuple[Keys, Keys, Keys]:
    """Put an estate into a folder's store: admin, reader and a member that sees its own account alone."""
    sealer = open_sealer(folder / "key")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    admin, member = AccountId(found.ACCOUNT), AccountId(found.MEMBER)
    with SqlStore.open(f"sqlite:///{folder / 'store.db'}") as store:
        estate.settle(store)
        found.settle(store)
        grants = (
            Grant(role=Role.ADMIN, account=admin),
            Grant(role=Role.READER, account=admin),
            Grant(role=Role.ADMIN, account=member, accounts=()),
        )
        made = [create_credential(store, sealer, grant, now=now) for grant in grants]
    keys = [Keys(key=one.access_key, secret=secret) for one, secret in made]
    return keys[0], keys[1], keys[2]


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[str, Any, list[str]]]:
    """A process, its address and what it says on standard error."""
    command = [sys.executable, "-m", "vedette", "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command, env=environment_of(folder), stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stderr is not None
    lines: list[str] = []
    ready = threading.Event()

    def read(stream: Any) -> None:
        for line in stream:
            lines.append(line)
            if _LISTENING.search(line):
                ready.set()
        ready.set()

    reader = threading.Thread(target=read, args=(process.stderr,), daemon=True)
    reader.start()
    try:
        assert ready.wait(60), lines
        listening = _LISTENING.search("".join(lines))
        assert listening is not None, lines
        yield listening[1], process, lines
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)
        reader.join(5)
        process.stderr.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    admin, reader, member = settled(folder)
    with serving(folder, "--no-passes", "--rate", "0") as (url, process, lines):
        yield Server(
            url=url,
            folder=folder,
            process=process,
            lines=lines,
            admin=admin,
            reader=reader,
            member=member,
        )
