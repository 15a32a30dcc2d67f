"""Images in files, as the tools write them."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.sources.build import (
    ImageBuilder,
    blob_path,
    docker_archive,
    encoded,
    failures,
    files,
    gz,
    items_of,
    sha256,
    tar,
    write_tree,
)
from vedette.errors import SourceError
from vedette.model.digest import Digest
from vedette.model.inventory import FileFailure
from vedette.sources.image import open_image
from vedette.sources.layer import Verify
from vedette.sources.limits import Limits
from vedette.sources.platforms import platform_here, shown
from vedette.sources.tree import FileTree

BASE = tar({"etc/os-release": b"ID=debian\n", "a": b"base"})
TOP = tar({".wh.a": b"", "b": b"top"})
HERE = platform_here().architecture
OTHER = "s390x"


def contents(tree: FileTree) -> list[dict[str, bytes]]:
    return [files(items_of(layer)) for layer in tree.layers]


def digests(tree: FileTree) -> list[str | None]:
    return [layer.digest for layer in tree.layers]


def write(path: Path, members: Mapping[str, Any]) -> Path:
    path.write_bytes(tar(members))
    return path


def layout(path: Path, members: Mapping[str, bytes], form: str) -> Path:
    if form == "directory":
        return write_tree(path, members)
    return write(
        path, {f"./{name}" if form == "dotted" else name: members[name] for name in members}
    )


def platform(architecture: str, variant: str | None = None) -> dict[str, str]:
    made = {"os": "linux", "architecture": architecture}
    return made | ({"variant": variant} if variant else {})


WHOLE = [{"etc/os-release": b"ID=debian\n", "a": b"base"}, {"b": b"top"}]


@pytest.mark.parametrize("tags", [("team/app:1", "team/app:latest"), None])
def test_a_docker_archive(tmp_path: Path, tags: tuple[str, ...] | None) -> None:
    made = docker_archive([BASE, TOP], tags)
    tree = open_image(write(tmp_path / "image.tar", made))
    assert contents(tree) == WHOLE
    assert digests(tree) == [sha256(BASE), sha256(TOP)]
    name = next(name for name in made if name.endswith(".json"))
    assert (tree.name, tree.digest, tree.architecture, tree.failures) == (
        "team/app:1, team/app:latest" if tags else str(tmp_path / "image.tar"),
        "sha256:" + name.removesuffix(".json"),
        "amd64",
        (),
    )


@pytest.mark.parametrize("compress", [gz, zstandard.ZstdCompressor().compress])
def test_a_docker_archive_that_is_compressed_as_a_whole(tmp_path: Path, compress: Any) -> None:
    path = tmp_path / "image.tar.gz"
    path.write_bytes(compress(tar(docker_archive([BASE, TOP]))))
    assert contents(open_image(path)) == WHOLE


def test_layers_that_come_twice_are_links(tmp_path: Path) -> None:
    made: dict[str, Any] = docker_archive([BASE, TOP, BASE, TOP])
    names = [name for name in made if name.endswith("layer.tar")]
    made[names[2]] = f"-> ../{names[0]}"
    made[names[3]] = f"=> {names[1]}"
    assert contents(open_image(write(tmp_path / "image.tar", made))) == WHOLE * 2


@pytest.mark.parametrize("target", ["../../out", "../../../etc/passwd", "/none", "layer.tar"])
def test_links_that_lead_nowhere(tmp_path: Path, target: str) -> None:
    made: dict[str, Any] = docker_archive([BASE, TOP])
    names = [name for name in made if name.endswith("layer.tar")]
    made[names[0]] = f"-> {target}"
    tree = open_image(write(tmp_path / "image.tar", made))
    assert contents(tree) == [{}, WHOLE[1]]
    assert failures(items_of(tree.layers[0])) == [
        ("", f"{names[0]}: the layer is missing: incomplete")
    ]


def test_a_docker_archive_since_version_25(tmp_path: Path) -> None:
    builder = ImageBuilder()
    config = builder.config([BASE, TOP])
    paths = [blob_path(sha256(data)) for data in (BASE, TOP, config)]
    manifest = [{"Config": paths[2], "RepoTags": ["app:1"], "Layers": paths[:2]}]
    members = {
        **builder.layout(builder.image([BASE, TOP])),
        **dict(zip(paths, (BASE, TOP, config), strict=True)),
        "manifest.json": encoded(manifest),
    }
    path = write(tmp_path / "image.tar", members)
    for tree in (open_image(path), open_image(path, platform="linux/amd64")):
        assert contents(tree) == WHOLE
        assert digests(tree) == [sha256(BASE), sha256(TOP)]
        assert tree.digest == sha256(config)
    assert open_image(path).name == "app:1"


@pytest.mark.parametrize("form", ["directory", "tar", "dotted"])
def test_an_oci_layout(tmp_path: Path, form: str) -> None:
    builder = ImageBuilder()
    names = {"annotations": {"org.opencontainers.image.ref.name": "1.2"}}
    path = layout(
        tmp_path / "image", builder.layout(builder.image([BASE, TOP], OTHER, **names)), form
    )
    tree = open_image(path)
    assert contents(tree) == WHOLE
    assert digests(tree) == [sha256(BASE), sha256(TOP)]
    config = builder.config([BASE, TOP], OTHER)
    assert (tree.name, tree.digest, tree.architecture, tree.failures) == (
        f"{path}:1.2",
        sha256(config),
        OTHER,
        (),
    )


def several(*architectures: str, **more: Any) -> tuple[ImageBuilder, list[Any]]:
    """An image for each architecture with one file that tells them apart."""
    builder = ImageBuilder()
    images = [
        builder.image([tar({"arch": arch.encode()})], arch, platform=platform(arch), **more)
        for arch in architectures
    ]
    return builder, images


def nested(builder: ImageBuilder, images: list[Any], levels: int = 1) -> list[Any]:
    for _ in range(levels):
        index = builder.index(*images)
        images = [builder.blob(index, "application/vnd.oci.image.index.v1+json")]
    return images


@pytest.mark.parametrize("levels", [0, 1, 4])
def test_the_image_for_this_machine_or_the_one_asked_for(tmp_path: Path, levels: int) -> None:
    builder, images = several(OTHER, HERE, "mips64le")
    attested = builder.blob(
        b"no manifest",
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest"},
    )
    path = layout(
        tmp_path / "i", builder.layout(*nested(builder, [*images, attested], levels)), "tar"
    )
    assert contents(open_image(path)) == [{"arch": HERE.encode()}]
    assert contents(open_image(path, platform=f"linux/{OTHER}")) == [{"arch": OTHER.encode()}]
    with pytest.raises(SourceError) as error:
        open_image(path, platform="linux/riscv64")
    there = ", ".join(sorted(f"linux/{arch}" for arch in (OTHER, HERE, "mips64le")))
    assert str(error.value) == f"{path}: no image for linux/riscv64; there is {there}"


def test_platforms_that_only_configs_tell(tmp_path: Path) -> None:
    builder, images = several(OTHER, HERE)
    for image in images:
        del image["platform"]
    path = layout(tmp_path / "i", builder.layout(*nested(builder, images)), "tar")
    assert contents(open_image(path, platform=f"linux/{OTHER}")) == [{"arch": OTHER.encode()}]


def test_no_image_for_this_machine(tmp_path: Path) -> None:
    builder, images = several(OTHER, "mips64le")
    path = layout(tmp_path / "i", builder.layout(*images), "tar")
    with pytest.raises(SourceError) as error:
        open_image(path)
    assert str(error.value) == (
        f"{path}: no image for {shown(platform_here())}; there is linux/mips64le, linux/{OTHER}"
    )


def test_another_platform_than_asked_for(tmp_path: Path) -> None:
    builder, images = several(OTHER)
    archive = write(tmp_path / "d.tar", docker_archive([BASE], architecture=OTHER))
    for path in (layout(tmp_path / "i", builder.layout(*images), "tar"), archive):
        assert contents(open_image(path, platform=f"linux/{OTHER}"))
        with pytest.raises(SourceError, match=f"no image for linux/386; there is linux/{OTHER}"):
            open_image(path, platform="linux/386")


@pytest.mark.parametrize("text", ["linux", "linux/", "/amd64", "a/b/c/d", ""])
def test_platforms_that_are_none(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "d.tar", docker_archive([BASE]))
    if text:
        with pytest.raises(SourceError, match="not a platform"):
            open_image(path, platform=text)


def test_several_images_in_a_layout(tmp_path: Path) -> None:
    builder = ImageBuilder()
    images = [
        builder.image(
            [tar({"n": name.encode()})],
            annotations={
                "io.containerd.image.name": f"team/{name}:1",
                "org.opencontainers.image.ref.name": "1",
            },
        )
        for name in ("one", "two")
    ]
    path = layout(tmp_path / "i", builder.layout(*images), "tar")
    with pytest.raises(SourceError) as error:
        open_image(path)
    assert str(error.value) == (
        f"{path}: several images, say which is meant: team/one:1, team/two:1"
    )
    tree = open_image(path, reference="team/two:1")
    assert (tree.name, contents(tree)) == ("team/two:1", [{"n": b"two"}])
    assert contents(open_image(path, reference=images[0]["digest"])) == [{"n": b"one"}]
    with pytest.raises(SourceError, match="no 'three'; there is team/one:1, team/two:1"):
        open_image(path, reference="three")
    with pytest.raises(SourceError, match="several images, say which is meant: sha256:"):
        open_image(path, reference="1")


def test_one_image_of_several_names(tmp_path: Path) -> None:
    builder = ImageBuilder()
    images = [
        builder.image([BASE], annotations={"org.opencontainers.image.ref.name": name})
        for name in ("1", "latest")
    ]
    path = layout(tmp_path / "i", builder.layout(*images), "tar")
    assert contents(open_image(path)) == [WHOLE[0]]


def test_several_images_in_a_docker_archive(tmp_path: Path) -> None:
    one, two = docker_archive([BASE], ["one:1"]), docker_archive([TOP], ["two:1", "two:2"])
    manifests = [json.loads(made["manifest.json"])[0] for made in (one, two)]
    manifests[1]["Layers"] = ["two/layer.tar"]
    members = {**two, **one, "two/layer.tar": TOP, "manifest.json": encoded(manifests)}
    path = write(tmp_path / "i", members)
    with pytest.raises(
        SourceError, match="several images, say which is meant: one:1, two:1, two:2"
    ):
        open_image(path)
    assert contents(open_image(path, reference="two:2")) == [WHOLE[1]]
    with pytest.raises(SourceError, match="no 'three:1'; there is one:1, two:1, two:2"):
        open_image(path, reference="three:1")


def test_missing_and_damaged_layers_are_failures_and_the_rest_is_read(tmp_path: Path) -> None:
    builder = ImageBuilder()
    layers = [BASE, tar({"lost": b"1"}), tar({"short": b"2"}), tar({"swapped": b"3"}), TOP]
    members = builder.layout(builder.image(layers))
    blobs = [gz(data) for data in layers]
    paths = [blob_path(sha256(data)) for data in blobs]
    del members[paths[1]]
    members[paths[2]] = blobs[2][:-20]
    members[paths[3]] = blobs[0]
    tree = open_image(layout(tmp_path / "i", members, "directory"))
    assert contents(tree)[0] == WHOLE[0]
    assert contents(tree)[4] == WHOLE[1]
    said = [failures(items_of(layer)) for layer in tree.layers]
    assert said[0] == said[4] == []
    assert said[1] == [("", f"{sha256(blobs[1])}: the blob is missing: incomplete")]
    ((_, short),) = said[2]
    assert short.startswith(f"{sha256(blobs[2])}: offset {len(blobs[2]) - 20}: gzip: ends early")
    ((_, swapped),) = said[3]
    assert swapped.endswith(
        f"the content is {sha256(BASE)}, not {sha256(layers[3])}; nothing of it can be trusted"
    )


def test_verification_may_be_left_to_the_stored_bytes(tmp_path: Path) -> None:
    builder = ImageBuilder()
    image = builder.image([BASE])
    blob = gz(BASE)
    members = builder.layout(image) | {blob_path(sha256(blob)): gz(TOP)}
    path = layout(tmp_path / "i", members, "tar")
    ((_, said),) = failures(items_of(open_image(path, verify=Verify.STORED).layers[0]))
    assert f"the blob is {sha256(gz(TOP))}, not {sha256(blob)}" in said
    assert failures(items_of(open_image(path, verify=Verify.NOTHING).layers[0])) == []


def test_an_archive_that_is_cut_off_after_the_manifest(tmp_path: Path) -> None:
    made = docker_archive([BASE, TOP])
    names = sorted(made, key=lambda name: name.endswith("layer.tar"))
    data = tar({name: made[name] for name in names})
    path = tmp_path / "i"
    path.write_bytes(data[: data.index(b"b\0", data.index(b".wh.a")) + 10])
    tree = open_image(path)
    assert contents(tree)[0] == WHOLE[0]
    assert len(failures(items_of(tree.layers[1]))) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"manifest.json": b"["}, "i: manifest.json: Input data was truncated"),
        ({"manifest.json": b"[" * 100_000}, "manifest.json: "),
        ({"manifest.json": b"\xff"}, "manifest.json: "),
        ({"manifest.json": b"[]"}, "no image"),
        ({"manifest.json": b'[{"Config": "none", "Layers": []}]'}, "none is missing"),
        ({"manifest.json": b'[{"Config": "../x", "Layers": []}]'}, "'../x': a name with `..`"),
        ({"manifest.json": b'[{"Config": 5, "Layers": []}]'}, "manifest.json: Expected `str`"),
        ({"manifest.json": b" " * (9 << 20)}, "manifest.json has 9437184 bytes, more than 8388608"),
    ],
)
def test_damaged_docker_archives(tmp_path: Path, change: dict[str, bytes], reason: str) -> None:
    path = write(tmp_path / "i", docker_archive([BASE]) | change)
    with pytest.raises(SourceError) as error:
        open_image(path)
    assert reason in str(error.value)


def test_documents_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = layout(tmp_path / "i", {"index.json": b"{}"}, "directory")
    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(SourceError, match=r"index\.json: \[Errno 13\] not for you"):
        open_image(path)


def refusing(*_args: object) -> int:
    raise PermissionError(13, "not for you")


def test_a_config_of_another_digest(tmp_path: Path) -> None:
    made = docker_archive([BASE])
    name = next(iter(made))
    made[name] += b" "
    with pytest.raises(
        SourceError, match=f"the config is {sha256(made[name])}, not sha256:{name[:64]}"
    ):
        open_image(write(tmp_path / "i", made))
    builder = ImageBuilder()
    members = builder.layout(builder.image([BASE]))
    config = blob_path(sha256(builder.config([BASE])))
    members[config] += b" "
    with pytest.raises(SourceError, match=f"the content is {sha256(members[config])}"):
        open_image(layout(tmp_path / "o", members, "tar"))


def test_configs_and_layers_that_do_not_fit(tmp_path: Path) -> None:
    tree = open_image(
        write(tmp_path / "i", docker_archive([BASE, TOP], rootfs={"diff_ids": [sha256(BASE)]}))
    )
    assert contents(tree) == WHOLE
    assert digests(tree) == [None, None]
    assert tree.failures == (
        FileFailure(extractor="image", path="", reason="2 layers, but the config has 1 DiffIDs"),
    )
    tree = open_image(
        write(tmp_path / "i", docker_archive([BASE], rootfs={"diff_ids": ["nonsense"]}))
    )
    assert (contents(tree), digests(tree), tree.failures) == ([WHOLE[0]], [None], ())


def test_layers_are_bounded(tmp_path: Path) -> None:
    tree = open_image(write(tmp_path / "i", docker_archive([BASE] * 5)), Limits(layers=3))
    assert len(tree.layers) == 3
    assert [failure.reason for failure in tree.failures] == [
        "over 3 layers; the upper ones are not read"
    ]


def test_layers_that_cannot_be_read_by_anybody(tmp_path: Path) -> None:
    builder = ImageBuilder()
    config = builder.blob(builder.config([BASE, BASE, BASE]))
    layers = [
        builder.blob(BASE, "application/vnd.oci.image.layer.v1.tar+encrypted"),
        {"digest": "sha256:nonsense", "mediaType": "x", "size": 1},
        builder.blob(BASE, "application/vnd.oci.image.layer.v1.tar"),
    ]
    manifest = builder.blob(encoded({"config": config, "layers": layers}))
    tree = open_image(layout(tmp_path / "i", builder.layout(manifest), "tar"))
    assert contents(tree) == [WHOLE[0]]
    assert tree.failures == (
        FileFailure(
            extractor="image",
            path=sha256(BASE),
            reason="the layer is encrypted",
            layer=Digest(sha256(BASE)),
        ),
        FileFailure(
            extractor="image",
            path="sha256:nonsense",
            reason="not a digest: 'sha256:nonsense'",
            layer=Digest(sha256(BASE)),
        ),
    )


def test_indexes_are_bounded(tmp_path: Path) -> None:
    builder, images = several(*(f"a{n}" for n in range(6)))
    path = layout(tmp_path / "many", builder.layout(*images), "tar")
    with pytest.raises(SourceError, match="an index of over 5 images"):
        open_image(path, Limits(images=5))
    path = layout(tmp_path / "deep", builder.layout(*nested(builder, images, 5)), "tar")
    with pytest.raises(SourceError, match="over 4 indexes within one another"):
        open_image(path)
    wide = nested(builder, images[:1])
    for _ in range(3):
        wide = nested(builder, wide * 900)
    path = layout(tmp_path / "wide", builder.layout(*wide), "tar")
    assert contents(open_image(path, platform="linux/a0")) == [{"arch": b"a0"}]


def test_what_is_no_image(tmp_path: Path) -> None:
    builder = ImageBuilder()
    chart = builder.blob(
        encoded(
            {
                "config": builder.blob(b"{}", "application/vnd.cncf.helm.config.v1+json"),
                "layers": [],
            }
        )
    )
    both = builder.blob(encoded({"manifests": [], "config": chart, "layers": []}))
    unknown = {"digest": "md5:nonsense", "mediaType": "", "size": 1}
    cases = {
        "chart": (builder.layout(chart), "no container image but 'application/vnd.cncf.helm"),
        "both": (builder.layout(both), "is both an index and an image"),
        "empty": (builder.layout(), "no image"),
        "digest": (builder.layout(unknown), "not a digest"),
        "gone": ({"index.json": builder.index({"digest": sha256(b"x"), "size": 1})}, "is missing"),
        "other": ({"file": b"1"}, "neither a Docker archive nor an OCI layout"),
    }
    for name, (members, reason) in cases.items():
        for form in ("tar", "directory"):
            with pytest.raises(SourceError) as error:
                open_image(layout(tmp_path / f"{name}-{form}", members, form))
            assert reason in str(error.value)


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"no archive" * 999)
    (tmp_path / "empty").touch()
    (tmp_path / "xz").write_bytes(b"\xfd7zXZ\x00")
    (tmp_path / "gz").write_bytes(gz(b"no archive" * 999)[:-3])
    data = tar({"manifest.json": b"[]" * 999})
    (tmp_path / "cut").write_bytes(data[:1000])
    reasons = {
        "none": "No such file or directory",
        "text": "not a tar archive: offset 0: a header with a bad checksum",
        "empty": "neither a Docker archive nor an OCI layout",
        "xz": "compressed with xz",
        "gz": "gzip: ends early",
        "cut": "the archive ends|manifest.json: ",
    }
    for name, reason in reasons.items():
        with pytest.raises(SourceError, match=reason):
            open_image(tmp_path / name)


def test_a_directory_layout_reaches_nothing_outside(tmp_path: Path) -> None:
    builder = ImageBuilder()
    members = builder.layout(builder.image([BASE]))
    blob = blob_path(sha256(gz(BASE)))
    (tmp_path / "outside").write_bytes(members.pop(blob))
    path = layout(tmp_path / "i", members, "directory")
    (path / blob).symlink_to(tmp_path / "outside")
    assert failures(items_of(open_image(path).layers[0])) == [
        ("", f"{sha256(gz(BASE))}: the blob is missing: incomplete")
    ]


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="needs skopeo")
def test_what_skopeo_writes(tmp_path: Path) -> None:
    builder = ImageBuilder()
    source = layout(tmp_path / "source", builder.layout(builder.image([BASE, TOP])), "directory")
    for target in (
        "oci:{}/oci:1",
        "oci-archive:{}/oci.tar:1",
        "docker-archive:{}/docker.tar:app:1",
    ):
        command = ["skopeo", "copy", "-q", f"oci:{source}", target.format(tmp_path)]
        subprocess.run(command, check=True)
    names = {"oci": f"{tmp_path}/oci:1", "oci.tar": f"{tmp_path}/oci.tar:1"}
    names["docker.tar"] = "docker.io/library/app:1"
    for file, name in names.items():
        tree = open_image(tmp_path / file)
        assert contents(tree) == WHOLE
        assert digests(tree) == [sha256(BASE), sha256(TOP)]
        assert tree.name == name
        assert [failures(items_of(layer)) for layer in tree.layers] == [[], []]


def test_the_first_header_may_be_anything(tmp_path: Path) -> None:
    info = tarfile.TarInfo("../manifest.json")
    path = write(tmp_path / "i", {"../manifest.json": info, **docker_archive([BASE])})
    assert contents(open_image(path)) == [WHOLE[0]]
