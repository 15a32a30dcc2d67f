"""Every reason to end, on a process that has only the watching in it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_WATCHED = """
import sys, threading
from vedette_simulator.lifetime import end_with
done = threading.Event()
end_with(done.set, 0, float(sys.argv[1]))
print("up", flush=True)
while not done.wait(0.1):
    pass
print("down", flush=True)
"""


def _watched(lifetime: float = 60.0) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WATCHED, str(lifetime)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def _outcome(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes, int]:
    """What it says from here on, and its status; its standard input stays open for as long."""
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.read(), process.stderr.read()
        return *said, process.wait(10)


def test_it_ends_when_its_input_ends() -> None:
    process = _watched()
    assert process.stdin is not None
    process.stdin.close()
    assert _outcome(process) == (b"down\n", b"", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal(number: signal.Signals) -> None:
    process = _watched()
    process.send_signal(number)
    assert _outcome(process) == (b"down\n", b"", 0)


def test_it_ends_after_its_lifetime() -> None:
    assert _outcome(_watched(lifetime=0.3)) == (b"down\n", b"", 0)


def test_it_ends_when_its_parent_dies_though_its_input_stays_open(tmp_path: Path) -> None:
    script = tmp_path / "watched.py"
    script.write_text(_WATCHED)
    parent_script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, sys.argv[1], '60'], stdin=int(sys.argv[2]))\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    reading, writing = os.pipe()
    command = [sys.executable, "-c", parent_script, str(script), str(reading)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[reading]) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert parent.stdout.readline() == b"up\n"
        parent.kill()
        assert parent.stdout.readline() == b"down\n"
    os.close(reading)
    os.close(writing)
    limit = time.monotonic() + 5
    while _alive(pid) and time.monotonic() < limit:
        time.sleep(0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
