"""The real tools, each asked once for all pairs: one line in, one sign out.

An oracle answers 1, 0 or -1 for a pair, or None where the tool itself refuses one of the two.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import pytest
from packaging.version import InvalidVersion, Version

from tests.versions.generate import Pair

Answers = list[int | None]
Oracle = Callable[[Sequence[Pair]], Answers]

CACHE = Path(__file__).resolve().parents[1] / ".cache"
_SYSTEM_PYTHON = "/usr/bin/python3"
_SECONDS = 120
_OVER_64_BITS = re.compile("[0-9]{19}")
_INSTALL_SECONDS = 60
_NPM_PACKAGES = ("semver@7.8.6", "@snyk/nuget-semver@1.6.1")


def tool(name: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs {name}")
    return path


def ask(command: Sequence[str], pairs: Sequence[Pair], cwd: Path | None = None) -> Answers:
    """Run one process: JSON pairs on its input, a JSON list of signs on its output."""
    done = subprocess.run(  # noqa: S603 - the commands are this module's
        command,
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers: Answers = json.loads(done.stdout)
    assert len(answers) == len(pairs)
    return answers


def _has_module(module: str) -> bool:
    probe = subprocess.run(  # noqa: S603 - a fixed command
        [_SYSTEM_PYTHON, "-c", f"import {module}"], capture_output=True, check=False
    )
    return probe.returncode == 0


def _system_python(module: str, script: str, pairs: Sequence[Pair]) -> Answers:
    tool(_SYSTEM_PYTHON)
    if not _has_module(module):
        pytest.skip(f"needs the system Python's {module}")
    return ask([_SYSTEM_PYTHON, "-c", script], pairs)


def apt(pairs: Sequence[Pair]) -> Answers:
    script = """
import apt_pkg, json, sys
apt_pkg.init_system()
sign = lambda n: (n > 0) - (n < 0)
json.dump([sign(apt_pkg.version_compare(a, b)) for a, b in json.load(sys.stdin)], sys.stdout)
"""
    return _system_python("apt_pkg", script, pairs)


def dpkg(pairs: Sequence[Pair]) -> Answers:
    program = tool("dpkg")

    def holds(left: str, operator: str, right: str) -> bool:
        command = [program, "--compare-versions", left, operator, right]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603

    return [1 if holds(a, "gt", b) else -1 if holds(a, "lt", b) else 0 for a, b in pairs]


def rpm(pairs: Sequence[Pair]) -> Answers:
    script = """
import json, rpm, sys
def compare(a, b):
    try:
        return rpm.labelCompare(*[(v.e or "0", v.v, v.r) for v in (rpm.ver(a), rpm.ver(b))])
    except ValueError:
        return None
json.dump([compare(a, b) for a, b in json.load(sys.stdin)], sys.stdout)
"""
    return _system_python("rpm", script, pairs)


def pypa(pairs: Sequence[Pair]) -> Answers:
    def version(text: str) -> Version | None:
        try:
            return Version(text)
        except InvalidVersion:
            return None

    answers: Answers = []
    for left, right in ((version(a), version(b)) for a, b in pairs):
        if left is None or right is None:
            answers.append(None)
        else:
            answers.append((left > right) - (left < right))
    return answers


@lru_cache(maxsize=1)
def _node_modules() -> Path | str:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "needs node and npm"
    folder = CACHE / "npm"
    if not (folder / "node_modules" / "@snyk").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command
                [*command, "--prefix", str(folder), *_NPM_PACKAGES],
                capture_output=True,
                check=False,
                timeout=_INSTALL_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return "npm install did not finish"
        if done.returncode != 0:
            return "npm could not install the oracle"
    return folder


def _node(script: str, pairs: Sequence[Pair]) -> Answers:
    folder = _node_modules()
    if isinstance(folder, str):
        pytest.skip(folder)
    head = 'const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));\n'
    return ask([tool("node"), "-e", head + script], pairs, cwd=folder)


def node_semver(pairs: Sequence[Pair]) -> Answers:
    """Numbers above 2^53 are floats there, so they are not asked for."""
    script = """
const semver = require("semver"), loose = {loose: true};
const fits = text => semver.valid(text, loose) && !/[1-9][0-9]{15}/.test(text);
console.log(JSON.stringify(pairs.map(([a, b]) =>
  fits(a) && fits(b) ? semver.compare(a, b, loose) : null)));
"""
    return _node(script, pairs)


def alpine(pairs: Sequence[Pair]) -> Answers:
    """apk-tools 3: an installed `apk`, or an Alpine root below tests/.cache/alpine."""
    root = CACHE / "alpine"
    loader = root / "lib" / "ld-musl-x86_64.so.1"
    if shutil.which("apk"):
        command = "apk"
    elif loader.exists():
        command = f"{loader} --library-path {root}/lib:{root}/usr/lib {root}/sbin/apk"
    else:
        pytest.skip("needs apk")
    fits = [not _OVER_64_BITS.search(f"{a} {b}") for a, b in pairs]
    lines = "".join(f"{a} {b}\n" for (a, b), asked in zip(pairs, fits, strict=True) if asked)
    done = subprocess.run(  # noqa: S603 - a fixed command
        [tool("sh"), "-c", f'while read a b; do {command} version -t "$a" "$b"; done'],
        input=lines,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    signs = ({"<": -1, "=": 0, ">": 1}[line] for line in done.stdout.split())
    return [next(signs) if asked else None for asked in fits]


ORACLES: tuple[tuple[str, str, Oracle, int], ...] = (
    ("apk", "apk", alpine, 400),
    ("deb", "apt", apt, 10_000),
    ("deb", "dpkg", dpkg, 1000),
    ("npm", "node-semver", node_semver, 10_000),
    ("pep440", "packaging", pypa, 10_000),
    ("rpm", "rpm", rpm, 10_000),
    ("semver", "node-semver", node_semver, 10_000),
)
"""(scheme, the tool's name, the oracle, how many pairs)."""
