"""The real tools, each asked once for all pairs: one line in, one sign out.

An oracle answers 1, 0 or -1 for a pair, or None where the tool itself refuses one of the two.
"""

import ctypes
import json
import re
import shutil
import subprocess
import sys
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
_NOT_FOR_APK = re.compile("[0-9]{19}|[0-9][a-z][0-9]")
_INSTALL_SECONDS = 60
_NPM_PACKAGE = "semver@7.8.6"


def tool(name: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs {name}")
    return path


def ask(command: Sequence[str], pairs: Sequence[Pair], cwd: Path | None = None) -> Answers:
    """Run one process: JSON pairs on its input, a JSON list of signs on its output."""
    done = subprocess.run(
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
    probe = subprocess.run(
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
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

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
    if not (folder / "node_modules" / "semver").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            done = subprocess.run(
                [*command, "--prefix", str(folder), _NPM_PACKAGE],
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


def node_semver_with_build(pairs: Sequence[Pair]) -> Answers:
    """SemVer with build metadata as the last tie-break, which is what Dart's pub_semver does with strict versions."""
    script = """
const semver = require("semver");
const fits = text => semver.valid(text) && !/[1-9][0-9]{15}/.test(text);
console.log(JSON.stringify(pairs.map(([a, b]) =>
  fits(a) && fits(b) ? semver.compareBuild(a, b) : null)));
"""
    return _node(script, pairs)


def alpine(pairs: Sequence[Pair]) -> Answers:
    """apk-tools 3: an installed `apk`, or an Alpine root below tests/.cache/alpine.

    It refuses digits after a letter, and its numbers end at 2^64: neither is asked for.
    """
    root = CACHE / "alpine"
    loader = root / "lib" / "ld-musl-x86_64.so.1"
    if shutil.which("apk"):
        command = "apk"
    elif loader.exists():
        command = f"{loader} --library-path {root}/lib:{root}/usr/lib {root}/sbin/apk"
    else:
        pytest.skip("needs apk")
    fits = [not _NOT_FOR_APK.search(f"{a} {b}") for a, b in pairs]
    lines = "".join(f"{a} {b}\n" for (a, b), asked in zip(pairs, fits, strict=True) if asked)
    done = subprocess.run(
        [tool("sh"), "-c", f'while read a b; do {command} version -t "$a" "$b"; done'],
        input=lines,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    signs = ({"<": -1, "=": 0, ">": 1}[line] for line in done.stdout.split())
    return [next(signs) if asked else None for asked in fits]


def rubygems(pairs: Sequence[Pair]) -> Answers:
    script = """
require "json"
puts JSON.generate(JSON.parse($stdin.read).map { |a, b|
  Gem::Version.correct?(a) && Gem::Version.correct?(b) ? Gem::Version.new(a) <=> Gem::Version.new(b) : nil
})
"""
    return ask([tool("ruby"), "-e", script], pairs)


_COMPOSER_SEMVER = Path("/usr/share/php/Composer/Semver/autoload.php")


def composer(pairs: Sequence[Pair]) -> Answers:
    """PHP's integers end at 2^63, and releases before 3.4.1 read dates with one number after them only: neither is asked for."""
    program = tool("php")
    if not _COMPOSER_SEMVER.exists():
        pytest.skip("needs php-composer-semver")
    script = """
require $argv[1];
$parser = new Composer\\Semver\\VersionParser();
$normal = function ($text) use ($parser) {
  if (preg_match("/[0-9]{19}|^v?[0-9]{6,}[.:-][0-9]+[.:-][0-9]/", $text)) return null;
  try { return $parser->normalize($text); } catch (UnexpectedValueException $e) { return null; }
};
$answers = [];
foreach (json_decode(file_get_contents("php://stdin")) as [$a, $b]) {
  [$x, $y] = [$normal($a), $normal($b)];
  $answers[] = $x === null || $y === null ? null : version_compare($x, $y);
}
echo json_encode($answers);
"""
    return ask([program, "-r", script, str(_COMPOSER_SEMVER)], pairs)


_MAVEN_JARS = ("/usr/share/maven/lib/maven-artifact-3.x.jar", "/usr/share/java/commons-lang3.jar")
_MAVEN_PROGRAM = """
import java.util.*;
import org.apache.maven.artifact.versioning.ComparableVersion;
public class Compare {
  public static void main(String[] arguments) {
    Scanner in = new Scanner(System.in);
    while (in.hasNextLine()) {
      String[] pair = in.nextLine().split(" ");
      System.out.println(Integer.signum(new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]))));
    }
  }
}
"""


def maven(pairs: Sequence[Pair]) -> Answers:
    program = tool("java")
    if not all(Path(jar).exists() for jar in _MAVEN_JARS):
        pytest.skip("needs maven-artifact")
    folder = CACHE / "maven"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "Compare.java"
    source.write_text(_MAVEN_PROGRAM)
    done = subprocess.run(
        [program, "-cp", ":".join(_MAVEN_JARS), str(source)],
        input="".join(f"{a} {b}\n" for a, b in pairs),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if "compiler" in done.stderr:
        pytest.skip("needs a Java compiler")
    assert done.returncode == 0, done.stderr[-2000:]
    return [int(line) for line in done.stdout.split()]


_GO_SOURCES = Path("/usr/share/gocode")
_GO_PROGRAM = """
package main

import ("encoding/json"; "os"; "golang.org/x/mod/semver")

func main() {
	var pairs [][2]string
	if json.NewDecoder(os.Stdin).Decode(&pairs) != nil { os.Exit(1) }
	answers := make([]*int, len(pairs))
	for i, pair := range pairs {
		if semver.IsValid(pair[0]) && semver.IsValid(pair[1]) {
			sign := semver.Compare(pair[0], pair[1])
			answers[i] = &sign
		}
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
"""


def go(pairs: Sequence[Pair]) -> Answers:
    program = tool("go")
    if not (_GO_SOURCES / "src/golang.org/x/mod/semver").is_dir():
        pytest.skip("needs golang-golang-x-mod-dev")
    folder = CACHE / "go"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.go").write_text(_GO_PROGRAM)
    settings = ["GO111MODULE=off", f"GOPATH={_GO_SOURCES}", f"GOCACHE={folder}/cache"]
    return ask([tool("env"), *settings, program, "run", str(folder / "main.go")], pairs)


_SEMVER_CRATE = Path("/usr/share/cargo/registry/semver-1.0.14")
_CARGO_MANIFEST = f"""
[package]
name = "compare"
version = "0.0.0"
edition = "2021"
[dependencies]
semver = {{ path = "{_SEMVER_CRATE}" }}
[workspace]
"""
_CARGO_PROGRAM = """
use std::io::BufRead;
fn read(text: &str) -> Option<semver::Version> {
    let mut version = semver::Version::parse(text).ok()?;
    version.build = semver::BuildMetadata::EMPTY;
    Some(version)
}
fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (a, b) = line.split_once(' ').unwrap();
        match (read(a), read(b)) {
            (Some(a), Some(b)) => println!("{}", a.cmp(&b) as i8),
            _ => println!("null"),
        }
    }
}
"""


def cargo(pairs: Sequence[Pair]) -> Answers:
    program = tool("cargo")
    if not _SEMVER_CRATE.is_dir():
        pytest.skip("needs librust-semver-dev")
    folder = CACHE / "cargo"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(_CARGO_MANIFEST)
    (folder / "src" / "main.rs").write_text(_CARGO_PROGRAM)
    done = subprocess.run(
        [program, "run", "--offline", "--quiet", "--manifest-path", str(folder / "Cargo.toml")],
        input="".join(f"{a} {b}\n" for a, b in pairs),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:2000]
    answers: Answers = [json.loads(line) for line in done.stdout.split()]
    return answers


def alpm(pairs: Sequence[Pair]) -> Answers:
    try:
        library = ctypes.CDLL("libalpm.so.13")
    except OSError:
        pytest.skip("needs libalpm13")
    return [
        (sign > 0) - (sign < 0)
        for a, b in pairs
        for sign in (library.alpm_pkg_vercmp(a.encode(), b.encode()),)
    ]


def conan(pairs: Sequence[Pair]) -> Answers:
    """An importable Conan 2, or one unpacked below tests/.cache/conan."""
    script = f"""
import json, sys
sys.path.append({str(CACHE / "conan")!r})
try:
    from conan.internal.model.version import Version
except ImportError:
    sys.exit(print("null"))
read = lambda a, b: (Version(a), Version(b))
json.dump([(a > b) - (a < b) for a, b in (read(*pair) for pair in json.load(sys.stdin))], sys.stdout)
"""
    command = [sys.executable, "-c", script]
    probe = subprocess.run(command, input="[]", text=True, capture_output=True, check=False)
    if probe.stdout.strip() == "null":
        pytest.skip("needs Conan 2")
    return ask(command, pairs)
