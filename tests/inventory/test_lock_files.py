"""Real lock files, counted by other means than the extractors'."""

import json
import re
import tarfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
import yaml

from vedette.inventory.catalogue.declared import DECLARED
from vedette.inventory.catalogue.installed import INSTALLED
from vedette.inventory.extractors._base import FileInput
from vedette.inventory.index import compile_index

_Names = set[tuple[str, str]]

_SAMPLES = [
    ("trivy/cargo/Cargo.lock", "Cargo.lock"),
    ("trivy/trivy-ci-test/Cargo.lock", "Cargo.lock"),
    ("trivy/trivy-ci-test/Pipfile.lock", "Pipfile.lock"),
    ("trivy-parsers/python/pipenv/Pipfile_django.lock", "Pipfile.lock"),
    ("trivy-parsers/python/poetry/poetry_v2_flask.lock", "poetry.lock"),
    ("trivy-parsers/python/uv/uv_normal.lock", "uv.lock"),
    ("trivy/pylock/pylock.toml", "pylock.toml"),
    ("trivy-parsers/php/composer/composer_happy.lock", "composer.lock"),
    ("trivy-parsers/nodejs/npm/package-lock_v1.json", "package-lock.json"),
    ("trivy-parsers/nodejs/npm/package-lock_v2.json", "package-lock.json"),
    ("trivy-parsers/nodejs/npm/package-lock_v3.json", "package-lock.json"),
    ("trivy-parsers/nodejs/yarn/yarn_happy.lock", "yarn.lock"),
    ("trivy-parsers/nodejs/pnpm/pnpm-lock_v6_with_dev.yaml", "pnpm-lock.yaml"),
    ("trivy-parsers/nodejs/pnpm/pnpm-lock_many.yaml", "pnpm-lock.yaml"),
    ("trivy-parsers/nuget/lock/packages_lock_multi.json", "packages.lock.json"),
    ("trivy/mixlock/mix.lock", "mix.lock"),
    ("trivy/pubspec/pubspec.lock", "pubspec.lock"),
    ("trivy/gomod/go.mod", "go.mod"),
    ("trivy/conan/conan.lock", "conan.lock"),
]


@pytest.fixture(scope="module")
def samples(shared: Path) -> Mapping[str, bytes]:
    with tarfile.open(shared / "fixtures" / "lockfiles.tar.xz") as archive:
        files = ((member.name, archive.extractfile(member)) for member in archive)
        return {name.partition("/")[2]: file.read() for name, file in files if file}


@pytest.mark.parametrize(("sample", "name"), _SAMPLES)
def test_real_file_is_read_whole(samples: Mapping[str, bytes], sample: str, name: str) -> None:
    data = samples[sample]
    (extractor,) = compile_index(DECLARED).lookup(name)
    extraction = extractor.extract(FileInput(path=name, data=data))
    assert extraction.faults == ()
    found = {(package.name.lower(), package.version) for package in extraction.packages}
    assert found == {(one.lower(), version) for one, version in _COUNTS[name](data.decode())}


def test_nothing_declared_is_read_as_installed() -> None:
    """A lock file inside an image proves nothing."""
    index = compile_index(INSTALLED)
    assert [name for _, name in _SAMPLES if index.lookup(f"srv/app/{name}")] == []


def _cargo(text: str) -> _Names:
    packages = tomllib.loads(text)["package"]
    return {(one["name"], one["version"]) for one in packages if "source" in one}


def _toml(text: str) -> _Names:
    document = tomllib.loads(text)
    packages = document.get("package") or document["packages"]
    local = {"virtual", "editable", "directory"}
    return {(p["name"], p["version"]) for p in packages if local.isdisjoint(p.get("source", {}))}


def _pipfile(text: str) -> _Names:
    document = json.loads(text)
    entries = {**document["develop"], **document["default"]}.items()
    return {
        (name.replace(".", "-"), e.get("version", e.get("ref", "")).lstrip("="))
        for name, e in entries
    }


def _composer(text: str) -> _Names:
    document = json.loads(text)
    packages = document["packages"] + document["packages-dev"]
    return {(one["name"], one["version"]) for one in packages}


def _npm(text: str) -> _Names:
    document = json.loads(text)
    if document["lockfileVersion"] == 1:
        return set(_npm_tree(document["dependencies"]))
    packages = document["packages"].items()
    return {(path.split("node_modules/")[-1], one["version"]) for path, one in packages if path}


def _npm_tree(dependencies: Mapping[str, dict[str, object]]) -> Iterable[tuple[str, str]]:
    for name, entry in dependencies.items():
        yield name, str(entry["version"])
        below = entry.get("dependencies")
        if isinstance(below, dict):
            yield from _npm_tree(below)


def _yarn(text: str) -> _Names:
    return set(re.findall(r'^"?(@?[^@\n]+)@[^\n]*:\n  version "([^"]+)"', text, re.MULTILINE))


def _pnpm(text: str) -> _Names:
    document = yaml.safe_load(text)
    at = "/" if float(document["lockfileVersion"]) < 6 else "@"
    keys = (key.lstrip("/").partition("(")[0].rpartition(at) for key in document["packages"])
    return {(name, version.partition("_")[0]) for name, _, version in keys}


def _nuget(text: str) -> _Names:
    frameworks = json.loads(text)["dependencies"].values()
    entries = [item for framework in frameworks for item in framework.items()]
    return {(name, entry["resolved"]) for name, entry in entries if entry["type"] != "Project"}


def _mix(text: str) -> _Names:
    return set(re.findall(r'^  "([^"]+)": \{:hex, :[^,]+, "([^"]+)"', text, re.MULTILINE))


def _pubspec(text: str) -> _Names:
    return {(name, one["version"]) for name, one in yaml.safe_load(text)["packages"].items()}


def _go(text: str) -> _Names:
    return set(re.findall(r"^\t(\S+) (v\S+)", text, re.MULTILINE))


def _conan(text: str) -> _Names:
    nodes = json.loads(text)["graph_lock"]["nodes"].values()
    return {tuple(one["ref"].split("#")[0].split("/")) for one in nodes if one.get("ref")}


_COUNTS: Mapping[str, Callable[[str], _Names]] = {
    "Cargo.lock": _cargo,
    "Pipfile.lock": _pipfile,
    "poetry.lock": _toml,
    "uv.lock": _toml,
    "pylock.toml": _toml,
    "composer.lock": _composer,
    "package-lock.json": _npm,
    "yarn.lock": _yarn,
    "pnpm-lock.yaml": _pnpm,
    "packages.lock.json": _nuget,
    "mix.lock": _mix,
    "pubspec.lock": _pubspec,
    "go.mod": _go,
    "conan.lock": _conan,
}
