"""`vedette sbom image NAME` and `vedette scan image NAME`: images of registries."""

import base64
import json
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.targets import DJANGO, OS_RELEASE
from tests.simulators.registry import (
    BASIC,
    BINARY,
    SimulatedRegistry,
    debian_registry,
    simulated_registry,
)
from tests.sources.build import ImageBuilder, encoded, gz, sha256, tar, write_tree
from vedette.cli.commands.targets import _is_name
from vedette.sources.platforms import platform_here

pytestmark = pytest.mark.loopback

BASE = tar({"etc/os-release": OS_RELEASE.encode()})
TOP = tar({"app/site-packages/Django-3.2.0.dist-info/METADATA": DJANGO.encode()})
HERE = platform_here().architecture
_INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SimulatedRegistry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with simulated_registry() as running:
        yield running


def push(server: SimulatedRegistry, *layers: bytes, tag: str = "1", arch: str = HERE) -> object:
    builder = ImageBuilder()
    image = builder.image(list(layers), arch, platform={"os": "linux", "architecture": arch})
    for name, data in builder.files.items():
        if name.endswith(image["digest"][7:]):
            server.put_manifest("app", data, tag)
        else:
            server.put_blob("app", data)
    return image


def _names(document: bytes | str) -> list[str]:
    return [component["name"] for component in json.loads(document)["components"]]


def _blobs(server: SimulatedRegistry) -> list[str]:
    return [path.rpartition("/")[2] for path, _ in server.web.requests if "/blobs/" in path]


def test_only_layers_that_are_not_known_are_fetched(server: SimulatedRegistry, run: Run) -> None:
    push(server, BASE)
    name = f"{server.host}/app:1"
    assert _names(run("sbom", "image", name).stdout) == ["debian"]
    assert sha256(gz(BASE)) in _blobs(server)
    server.web.requests.clear()
    push(server, BASE, TOP, tag="2")
    assert _names(run("sbom", "image", f"docker://{server.host}/app:2").stdout) == [
        "debian",
        "django",
    ]
    assert sha256(gz(BASE)) not in _blobs(server)
    assert sha256(gz(TOP)) in _blobs(server)


def test_a_scan_of_a_platform(server: SimulatedRegistry, run: Run) -> None:
    images = [push(server, BASE, arch=arch, tag=arch) for arch in (HERE, "mips")]
    server.put_manifest("app", ImageBuilder().index(*images), "1", media_type=_INDEX)
    name = f"{server.host}/app:1"
    result = run("scan", "image", name, "--platform", "linux/mips", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["distro"]["id"]) == (0, "debian")
    absent = run("scan", "image", name, "--platform", "linux/386")
    assert "no image for linux/386" in str(absent.exception)
    local = run("scan", "rootfs", "/nowhere", "--platform", "linux/386")
    assert str(local.exception) == "--platform is for images"


def _lock(server: SimulatedRegistry) -> None:
    server.challenge = 'Basic realm="here"'
    server.good = {BASIC}


def test_what_docker_login_has_kept_opens_the_registry(
    server: SimulatedRegistry, run: Run, tmp_path: Path
) -> None:
    push(server, BASE)
    _lock(server)
    name = f"{server.host}/app:1"
    assert "401" in str(run("sbom", "image", name).exception)
    (tmp_path / "docker").mkdir()
    auth = base64.b64encode(b"AWS:token").decode()
    config = {"auths": {server.host: {"auth": auth}}}
    (tmp_path / "docker/config.json").write_text(json.dumps(config))
    assert _names(run("sbom", "image", name).stdout) == ["debian"]


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ('{"Username": "AWS", "Secret": "token"}', 0, None),
        ("credentials not found in native keychain", 1, "401"),
        ("the keychain is locked", 1, "docker-credential-test: the keychain is locked"),
        ("{", 0, "docker-credential-test: Input data was truncated"),
    ],
)
def test_a_credential_helper(  # noqa: PLR0913, PLR0917 - fixtures
    server: SimulatedRegistry,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    status: int,
    reason: str | None,
) -> None:
    push(server, BASE)
    _lock(server)
    (tmp_path / "docker").mkdir()
    helpers = {"credHelpers": {server.host: "test"}}
    (tmp_path / "docker/config.json").write_text(json.dumps(helpers))
    program = tmp_path / "bin/docker-credential-test"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{said}'\nexit {status}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    result = run("sbom", "image", f"{server.host}/app:1")
    if reason is None:
        assert _names(result.stdout) == ["debian"]
    else:
        assert reason in str(result.exception)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (b"{", "truncated"),
        (b'{"auths": {"HOST": {"auth": "%"}}}', "a password that cannot be read"),
        (b'{"credsStore": "../x"}', "not the name of a credential helper"),
        (b'{"credsStore": "that-is-not-there"}', "No such file"),
    ],
)
def test_a_configuration_that_cannot_be_read(
    server: SimulatedRegistry, run: Run, tmp_path: Path, config: bytes, reason: str
) -> None:
    (tmp_path / "docker").mkdir()
    stored = config.replace(b"HOST", server.host.encode())
    (tmp_path / "docker/config.json").write_bytes(stored)
    assert reason in str(run("sbom", "image", f"{server.host}/app:1").exception)


def test_a_name_and_password_of_their_own(
    server: SimulatedRegistry, run: Run, tmp_path: Path
) -> None:
    push(server, BASE)
    _lock(server)
    (tmp_path / "docker").mkdir()
    auth = {"username": "AWS", "password": "token"}
    config = encoded({"auths": {f"https://{server.host}": auth}})
    (tmp_path / "docker/config.json").write_bytes(config)
    assert _names(run("sbom", "image", f"{server.host}/app:1").stdout) == ["debian"]


@pytest.mark.parametrize(
    ("target", "is_name"),
    [
        ("ghcr.io/a/b", True),
        ("localhost/b", True),
        ("localhost:5000/b", True),
        ("alpine:3.18", True),
        ("a/b@sha256:00", True),
        ("alpine", False),
        ("a/b", False),
        ("./a/b:1", False),
        ("/a/b:1", False),
        ("my.folder/image.tar", False),
        ("image.tar.gz", False),
    ],
)
def test_what_is_a_name(target: str, *, is_name: bool) -> None:
    assert _is_name(target) is is_name


def test_a_file_goes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alpine:3.18").write_bytes(b"")
    assert not _is_name("alpine:3.18")


def test_what_is_no_name(run: Run) -> None:
    result = run("sbom", "image", "docker://UPPER")
    assert str(result.exception) == "not an image's name: 'UPPER'"


@pytest.mark.skipif(
    not BINARY or not shutil.which("skopeo"), reason="needs docker-registry, skopeo"
)
def test_debians_registry(run: Run, tmp_path: Path) -> None:
    builder = ImageBuilder()
    layout = write_tree(tmp_path / "layout", builder.layout(builder.image([BASE, TOP])))
    with debian_registry(tmp_path) as host:
        command = ["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{layout}"]
        subprocess.run([*command, f"docker://{host}/team/app:1"], check=True)
        result = run("sbom", "image", f"{host}/team/app:1")
        assert _names(result.stdout) == ["debian", "django"]
