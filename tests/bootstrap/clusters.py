"""Dask clusters of this machine for tests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@contextmanager
def local_cluster(workers: int) -> Iterator[str]:
    """A scheduler's address; the cluster ends with the `with`, and with this process."""
    command = [sys.executable, "-m", "tests.bootstrap.dask_cluster", str(workers)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        address = process.stdout.readline().decode().strip()
        try:
            yield address
        finally:
            process.stdin.close()
            process.wait(30)
