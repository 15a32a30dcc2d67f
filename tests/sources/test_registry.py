"""Images of a registry: a simulated one, and Debian's."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.registry import (
    BINARY,
    SimulatedRegistry,
    debian_registry,
    simulated_registry,
)
from tests.sources.build import (
    ImageBuilder,
    encoded,
    failures,
    files,
    gz,
    items_of,
    sha256,
    tar,
    write_tree,
)
from vedette.clients.http import HttpClient, HttpPolicy
from vedette.clients.oci import Reference, Registry, parse_reference
from vedette.errors import SourceError
from vedette.sources.platforms import platform_here
from vedette.sources.registry import open_registry_image
from vedette.sources.tree import FileTree

pytestmark = pytest.mark.loopback

BASE = tar({"a": b"base"})
TOP = tar({".wh.a": b"", "b": b"top"})
WHOLE = [{"a": b"base"}, {"b": b"top"}]
INDEX = "application/vnd.oci.image.index.v1+json"
HERE = platform_here().architecture


@pytest.fixture
def server() -> Iterator[SimulatedRegistry]:
    with simulated_registry() as running:
        yield running


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with HttpClient(HttpPolicy(attempts=1)) as client:
        yield client


def push(server: SimulatedRegistry, layers: list[bytes], *tags: str, arch: str = "amd64") -> Any:
    builder = ImageBuilder()
    image = builder.image(layers, arch, platform={"os": "linux", "architecture": arch})
    for name, data in builder.files.items():
        if name.endswith(image["digest"][7:]):
            server.put_manifest("app", data, *tags)
        else:
            server.put_blob("app", data)
    return image


def pull(
    http: HttpClient, server: SimulatedRegistry, directory: Path, version: str = "1", **more: Any
) -> FileTree:
    reference = Reference(registry=server.host, repository="app", version=version)
    return open_registry_image(Registry(http, reference), reference, directory, **more)


def contents(tree: FileTree) -> list[dict[str, bytes]]:
    return [files(items_of(layer)) for layer in tree.layers]


def test_an_image(http: HttpClient, server: SimulatedRegistry, tmp_path: Path) -> None:
    push(server, [BASE, TOP], "1")
    tree = pull(http, server, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert contents(tree) == contents(tree) == WHOLE
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        sha256(gz(data)).replace(":", "-") for data in (BASE, TOP)
    )
    assert [layer.digest for layer in tree.layers] == [sha256(BASE), sha256(TOP)]
    assert (tree.name, tree.architecture, tree.failures) == (f"{server.host}/app:1", "amd64", ())
    assert sum("/blobs/" in path for path, _ in server.web.requests) == 3


def test_the_image_of_an_index_for_a_platform(
    http: HttpClient, server: SimulatedRegistry, tmp_path: Path
) -> None:
    images = [push(server, [tar({"arch": arch.encode()})], arch=arch) for arch in (HERE, "mips")]
    server.put_manifest("app", ImageBuilder().index(*images), "1", media_type=INDEX)
    assert contents(pull(http, server, tmp_path)) == [{"arch": HERE.encode()}]
    assert contents(pull(http, server, tmp_path, platform="linux/mips")) == [{"arch": b"mips"}]
    with pytest.raises(SourceError, match="no image for linux/386; there is linux/"):
        pull(http, server, tmp_path, platform="linux/386")


def test_an_index_that_leaves_platforms_to_configs(
    http: HttpClient, server: SimulatedRegistry, tmp_path: Path
) -> None:
    images = [push(server, [tar({"arch": arch.encode()})], arch=arch) for arch in (HERE, "mips")]
    for image in images:
        del image["platform"]
        image["mediaType"] = ""
    server.put_manifest("app", ImageBuilder().index(*images), "1", media_type=INDEX)
    assert contents(pull(http, server, tmp_path, platform="linux/mips")) == [{"arch": b"mips"}]


def test_an_image_for_another_platform(
    http: HttpClient, server: SimulatedRegistry, tmp_path: Path
) -> None:
    push(server, [BASE], "1", arch="mips")
    with pytest.raises(SourceError, match="no image for linux/386; there is linux/mips"):
        pull(http, server, tmp_path, platform="linux/386")


def test_a_layer_that_is_gone(http: HttpClient, server: SimulatedRegistry, tmp_path: Path) -> None:
    push(server, [BASE, TOP], "1")
    del server.web.documents[f"/v2/app/blobs/{sha256(gz(BASE))}"]
    tree = pull(http, server, tmp_path)
    assert contents(tree) == [{}, WHOLE[1]]
    ((_, reason),) = failures(items_of(tree.layers[0]))
    assert reason.endswith("404: Not Found")


def test_what_is_no_image(http: HttpClient, server: SimulatedRegistry, tmp_path: Path) -> None:
    both = encoded({"manifests": [], "config": {"digest": "x"}, "layers": []})
    server.put_manifest("app", both, "both")
    server.put_manifest("app", b"nonsense", "nonsense")
    server.put_manifest("app", encoded({"config": {"digest": "x"}, "layers": []}), "config")
    server.put_manifest("app", ImageBuilder().index(), "empty", media_type=INDEX)
    reasons = {
        "both": "is both an index and an image",
        "nonsense": "JSON is malformed",
        "config": "not a digest: 'x'",
        "empty": "no image",
        "none": "404: Not Found",
    }
    for version, reason in reasons.items():
        with pytest.raises(SourceError) as error:
            pull(http, server, tmp_path, version)
        assert str(error.value).startswith(f"{server.host}/app:{version}: ")
        assert reason in str(error.value)


@pytest.mark.skipif(
    not BINARY or not shutil.which("skopeo"), reason="needs docker-registry, skopeo"
)
def test_debians_registry(http: HttpClient, tmp_path: Path) -> None:
    builder = ImageBuilder()
    layout = write_tree(tmp_path / "layout", builder.layout(builder.image([BASE, TOP])))
    with debian_registry(tmp_path) as host:
        for kind in ("oci", "v2s2"):
            command = ["skopeo", "copy", "-q", "--dest-tls-verify=false", "--format", kind]
            command += [f"oci:{layout}", f"docker://{host}/team/app:{kind}"]
            subprocess.run(command, check=True)
            reference = parse_reference(f"{host}/team/app:{kind}")
            directory = tmp_path / kind
            directory.mkdir()
            tree = open_registry_image(Registry(http, reference), reference, directory)
            assert contents(tree) == WHOLE
            assert [layer.digest for layer in tree.layers] == [sha256(BASE), sha256(TOP)]
