"""The same documents make the same file, byte for byte, in any process and wherever they lie."""

import subprocess
import sys
from pathlib import Path

from tests.advisories.feeds.golden import cases, pack

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120


def _mirror(folder: Path) -> Path:
    """One case of each feed."""
    chosen = {feed.name: case for feed, case in cases() if case.name != "malformed"}
    for name in sorted(chosen.keys() - {"local"}):
        pack(chosen[name] / "input", folder)
    return folder


def _built(folder: Path, seed: int) -> bytes:
    """Built by a process of its own, whose sets are ordered by a seed of its own."""
    folder.mkdir(parents=True)
    database = folder / "advisories.sqlite"
    mirror = folder / "mirror"
    mirror.mkdir()
    command = [sys.executable, "-m", "vedette", "db", "update", "--mirror", str(_mirror(mirror))]
    done = subprocess.run(
        [*command, "--db", str(database)],
        cwd=_ROOT,
        env={"PYTHONHASHSEED": str(seed), "TZ": f"UTC{seed}", "HOME": str(folder)},
        capture_output=True,
        check=False,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-3000:]
    return database.read_bytes()


def test_documents_make_the_same_file_in_every_process(tmp_path: Path) -> None:
    first = _built(tmp_path / "one", 1)
    assert _built(tmp_path / "another" / "place", 7) == first
