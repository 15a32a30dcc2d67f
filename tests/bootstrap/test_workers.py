"""Worker processes end with whoever started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vedette.bootstrap.workers import worker_processes

_PARENT = """
import os, sys, time
from vedette.bootstrap.workers import worker_processes
if __name__ == "__main__":
    pool = worker_processes(2)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""
_PATIENCE = 30


def _is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_work_is_done_in_another_process() -> None:
    with worker_processes(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        assert pool.submit(divmod, 7, 2).result() == (3, 1)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_workers_of_a_killed_parent_end(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert _is_there(worker)
        parent.send_signal(signal.SIGKILL)
    limit = time.monotonic() + _PATIENCE
    while _is_there(worker) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not _is_there(worker)
