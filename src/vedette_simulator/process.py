"""The simulated AWS in a process of its own, as the demo and the tests use it.

```python
with start() as simulator:
    session = boto3.Session(**simulator.credentials())
    session.client("ssm", endpoint_url=simulator.endpoint)
```
"""

import selectors
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypedDict

import msgspec

from vedette_simulator.errors import EstateError
from vedette_simulator.ready import Ready, ReadyAccount

DEFAULT_LIFETIME = 3600.0
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_MAX_STDERR = 4000


class Keys(TypedDict):
    """Arguments of `boto3.Session` and of its `client`."""

    aws_access_key_id: str
    aws_secret_access_key: str
    region_name: str


class StartError(Exception):
    """The process did not come up; `str()` says why."""


class Simulator:
    """A running simulator. Leaving the `with` ends it; so does the end of this process."""

    def __init__(self, process: subprocess.Popen[bytes], line: Ready, errors: IO[bytes]) -> None:
        self._process = process
        self._errors = errors
        self.ready = line

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:PORT`, for every service."""
        return self.ready.endpoint

    @property
    def region(self) -> str:
        """The estate's first region."""
        return self.ready.regions[0]

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def account(self, name: str | None = None) -> ReadyAccount:
        """An account by name or id; without one the management account. `KeyError` where there is none."""
        for account in self.ready.accounts:
            if name in (account.name, account.id) or (name is None and account.management):
                return account
        raise KeyError(name)

    def credentials(self, account: str | None = None) -> Keys:
        """Arguments for `boto3.Session` or `client`: the user's keys in an account (default: management)."""
        found = self.account(account)
        return {
            "aws_access_key_id": found.access_key_id,
            "aws_secret_access_key": found.secret_access_key,
            "region_name": self.region,
        }

    def stop(self) -> None:
        """End the process and wait for it; more than once does nothing."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    estate: str | Path = "default", *, port: int = 0, lifetime: float = DEFAULT_LIFETIME
) -> Simulator:
    """Start the simulator and wait until it answers.

    Args:
        estate: `default`, or the path of an estate's folder or file.
        port: 0 takes a free one.
        lifetime: seconds after which it ends in any case.

    Raises:
        EstateError: the estate cannot be used.
        StartError: the process ended or said nothing.
    """
    command = [
        sys.executable,
        "-m",
        "vedette_simulator",
        "serve",
        "--estate",
        str(estate),
        "--port",
        str(port),
        "--lifetime",
        str(lifetime),
    ]
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by Simulator.stop
    process = subprocess.Popen(  # noqa: S603 - this interpreter and this package
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
    )
    line = _first_line(process)
    try:
        return Simulator(process, msgspec.json.decode(line, type=Ready), errors)
    except msgspec.DecodeError as error:
        process.kill()
        code = process.wait()
        errors.seek(0)
        said = errors.read().decode(errors="replace")[-_MAX_STDERR:].strip()
        Simulator(process, _NOTHING, errors).stop()
        if code == _BAD_ESTATE:
            raise EstateError(said) from error
        raise StartError(f"the simulator did not start (status {code}): {said}") from error


_BAD_ESTATE = 2
_NOTHING = Ready(endpoint="", estate="", regions=(), accounts=())


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None:
        return b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(_START_SECONDS):
            return b""
        line: bytes = process.stdout.readline()
        return line
