"""Other clients than the installed one, in folders of their own below tests/.cache."""

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

_CACHE = Path(__file__).resolve().parents[2] / ".cache"
_INSTALL_SECONDS = 120


def _run(command: list[str]) -> str | None:
    """Why a command failed, if it did."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return None if done.returncode == 0 else f"exit status {done.returncode}"


@functools.cache
def _python_with(requirement: str) -> Path | str:
    """The programs of an environment with one package, or why there is none."""
    uv = shutil.which("uv")
    if uv is None:
        return "needs uv"
    folder = _CACHE / requirement.replace("==", "-")
    marker = folder / "installed"
    if not marker.exists():
        shutil.rmtree(folder, ignore_errors=True)
        python = str(folder / "bin" / "python")
        for command in (
            [uv, "venv", "-q", str(folder)],
            [uv, "pip", "install", "-q", "-p", python, requirement],
        ):
            if reason := _run(command):
                return f"{requirement} could not be installed: {reason}"
        marker.touch()
    return folder / "bin"


@functools.cache
def _node_with(name: str, version: str) -> Path | str:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "needs node and npm"
    folder = _CACHE / f"npm-{name.rsplit('/', maxsplit=1)[-1]}-{version}"
    marker = folder / "installed"
    if not marker.exists():
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        command = [npm, "install", *options, "--prefix", str(folder), f"{name}@{version}"]
        if reason := _run(command):
            return f"{name} could not be installed: {reason}"
        marker.touch()
    return folder


def python_with(requirement: str) -> Path:
    """The folder of programs of an environment with one package; skips where it cannot be had."""
    found = _python_with(requirement)
    if isinstance(found, str):
        pytest.skip(found)
    return found


def node_with(name: str, version: str) -> Path:
    """A folder whose node_modules has a package; skips where it cannot be had."""
    found = _node_with(name, version)
    if isinstance(found, str):
        pytest.skip(found)
    return found
