"""Whole disks: what is found on them equals what is found in the directory they were made of."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.sources import disk_images as made
from vedette.errors import SourceError
from vedette.inventory.collect import collect
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.directory import open_directory
from vedette.sources.disk import open_disk, open_snapshot
from vedette.sources.disk_device import Blocks
from vedette.sources.limits import Limits
from vedette.sources.tree import File, FileTree

REF = ResourceRef(type=ResourceType.LOCAL, id="a disk")
UUID = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"


def inventory(tree: FileTree) -> Inventory:
    return collect(tree, resource=REF)


def files(tree: FileTree, *paths: str) -> dict[str, bytes]:
    wanted = frozenset(paths)
    return {
        item.path: item.data
        for layer in tree.layers
        for item in layer.walk(lambda path: (1 << 26) * (path in wanted))
        if isinstance(item, File)
    }


def failures(tree: FileTree) -> list[tuple[str, str]]:
    return [(failure.path, failure.reason) for failure in tree.failures]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.root(tmp_path_factory.mktemp("root"))


@pytest.fixture(scope="module")
def expected(folder: Path) -> Inventory:
    found = inventory(open_directory(folder))
    assert sorted(package.name for package in found.packages) == ["bash", "openssl", "requests"]
    assert found.failures == ()
    return found


@pytest.fixture(scope="module")
def raw(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.ext(folder, tmp_path_factory.mktemp("raw") / "ext4.fs")


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("raw", ""),
        ("qcow2", ""),
        ("qcow2", "compat=0.10"),
        ("qcow2", "extended_l2=on"),
        ("qcow2", "cluster_size=512"),
        ("qcow2", "-c"),
        ("qcow2", "-c compression_type=zstd"),
        ("vmdk", "subformat=monolithicSparse"),
        ("vmdk", "subformat=monolithicFlat"),
        ("vmdk", "subformat=twoGbMaxExtentSparse"),
        ("vmdk", "subformat=streamOptimized"),
        ("vpc", ""),
        ("vpc", "subformat=fixed"),
        ("vhdx", ""),
        ("vhdx", "subformat=fixed"),
    ],
)
def test_every_image_format_has_the_same_inventory(
    raw: Path, expected: Inventory, tmp_path: Path, form: str, options: str
) -> None:
    target = tmp_path / f"disk.{form}"
    compressed, _, chosen = (
        options.partition(" ") if options.startswith("-c") else ("", "", options)
    )
    arguments = [*([compressed] if compressed else []), *(["-o", chosen] if chosen else [])]
    made.run("qemu-img", "convert", "-f", "raw", "-O", form, *arguments, raw, target)
    assert inventory(open_disk(target)) == expected


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("ext2", ()),
        ("ext3", ()),
        ("ext2", ("-O", "^filetype")),
        ("ext2", ("-r", "0")),
        ("ext4", ("-b", "1024")),
        ("ext4", ("-b", "1024", "-O", "bigalloc")),
        ("ext4", ("-O", "inline_data")),
        ("ext4", ("-O", "^64bit,^metadata_csum")),
        ("ext4", ("-O", "meta_bg,^resize_inode")),
        ("ext4", ("-O", "fast_commit,mmp,stable_inodes,metadata_csum_seed,large_dir")),
        ("ext4", ("-I", "128")),
    ],
)
def test_every_form_of_ext_has_the_same_inventory(
    folder: Path, expected: Inventory, tmp_path: Path, kind: str, options: tuple[str, ...]
) -> None:
    target = made.ext(folder, tmp_path / "fs", *options, kind=kind, size=64 * made.MIB)
    assert inventory(open_disk(target)) == expected


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-m", "crc=0", "-n", "ftype=0"),
        ("-b", "size=1024"),
        ("-i", "nrext64=1"),
        ("-n", "size=8192"),
    ],
)
def test_every_form_of_xfs_has_the_same_inventory(
    folder: Path, expected: Inventory, tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert inventory(open_disk(made.xfs(folder, tmp_path / "fs", *options))) == expected


@pytest.mark.parametrize(
    "partitioned",
    [
        lambda target, part: made.gpt(target, [part]),
        lambda target, part: made.gpt(target, [part], sector=4096),
        lambda target, part: made.gpt(target, [part], damaged=True),
        lambda target, part: made.mbr(target, [part]),
        lambda target, part: made.mbr(target, [], logical=[part]),
    ],
    ids=["gpt", "gpt 4096", "gpt at the end", "mbr", "mbr logical"],
)
def test_every_partition_table_has_the_same_inventory(
    raw: Path, expected: Inventory, tmp_path: Path, partitioned: Callable[[Path, Path], Path]
) -> None:
    assert inventory(open_disk(partitioned(tmp_path / "disk", raw))) == expected


def test_sgdisk_writes_what_is_read(raw: Path, expected: Inventory, tmp_path: Path) -> None:
    size = raw.stat().st_size
    target = made.put(tmp_path / "disk", [(made.MIB, raw)], size + 4 * made.MIB)
    made.run("sgdisk", "-n", f"1:2048:+{size // 1024}K", "-t", "1:8300", target)
    assert inventory(open_disk(target)) == expected


def test_what_fstab_mounts_from_the_disk_is_read_at_its_place(tmp_path: Path) -> None:
    fstab = (
        f"UUID={UUID} / ext4 defaults 0 1\n"
        "PARTLABEL=part2 /usr ext4 defaults 0 2\n"
        f'UUID="{OTHER.upper()}" /srv\\040data auto nofail 0 2\n'
        "LABEL=gone /opt xfs defaults 0 0\n"
        "LABEL=none /mnt xfs noauto 0 0\n"
        "tmpfs /tmp tmpfs defaults 0 0\n"
        "/dev/disk/by-label/swap none swap sw 0 0\nnonsense\n"
    )
    whole = made.root(tmp_path / "all", **{"etc/fstab": fstab.encode()})
    (whole / "usr").rename(tmp_path / "usr")
    (whole / "usr").mkdir()
    (whole / "usr" / "hidden").write_bytes(b"under the mount")
    made.tree(tmp_path / "data", {"requests-1.0.dist-info/METADATA": made.METADATA})
    made.tree(tmp_path / "boot", {"vmlinuz": b"kernel"})
    parts = [
        made.ext(whole, tmp_path / "1", "-U", UUID),
        made.ext(tmp_path / "usr", tmp_path / "2"),
        made.ext(tmp_path / "data", tmp_path / "3", "-U", OTHER),
        made.ext(tmp_path / "boot", tmp_path / "4"),
    ]
    tree = open_disk(made.gpt(tmp_path / "disk", parts))
    assert failures(tree) == [
        ("opt", "mounted from LABEL=gone, which is not read here"),
        ("partition 4", "not read: etc/fstab does not mount it"),
    ]
    (layer,) = tree.layers
    assert files(
        tree, "usr/hidden", "etc/os-release", "srv data/requests-1.0.dist-info/METADATA"
    ) == {
        "etc/os-release": made.OS_RELEASE,
        "srv data/requests-1.0.dist-info/METADATA": made.METADATA,
    }
    assert layer.digest is None
    found = inventory(tree)
    assert sorted(package.name for package in found.packages) == ["bash", "openssl", "requests"]
    assert found.distro is not None
    assert found.distro.id == "debian"


def test_of_two_roots_the_one_that_its_own_fstab_names_is_read(tmp_path: Path) -> None:
    first = made.root(tmp_path / "a", **{"etc/fstab": f"UUID={OTHER} / ext4 rw 0 1\n".encode()})
    second = made.root(
        tmp_path / "b", **{"etc/fstab": f"UUID={UUID} / ext4 rw 0 1\n".encode(), "etc/mine": b"yes"}
    )
    parts = [made.ext(first, tmp_path / "1"), made.ext(second, tmp_path / "2", "-U", UUID)]
    tree = open_disk(made.mbr(tmp_path / "disk", parts))
    assert files(tree, "etc/mine") == {"etc/mine": b"yes"}
    assert failures(tree) == [("partition 1", "not read: another root file system")]


def test_without_a_root_every_file_system_stands_for_itself(tmp_path: Path) -> None:
    for name in ("a", "b"):
        made.tree(tmp_path / name, {"data": name.encode()})
    parts = [made.ext(tmp_path / name, tmp_path / f"{name}.fs") for name in ("a", "b")]
    tree = open_disk(made.mbr(tmp_path / "disk", parts))
    assert files(tree, "partition 1/data", "partition 2/data") == {
        "partition 1/data": b"a",
        "partition 2/data": b"b",
    }
    alone = open_disk(parts[0])
    assert files(alone, "data") == {"data": b"a"}


@pytest.mark.parametrize(
    ("offset", "magic", "reason"),
    [
        (0x10040, b"_BHRfS_M", "the disk: not supported: btrfs"),
        (0, b"LUKS\xba\xbe", "the disk: not supported: LUKS"),
        (0, b"", "no file system of Linux on it"),
        (4086, b"SWAPSPACE2", "no file system of Linux on it"),
    ],
)
def test_a_disk_without_a_file_system_that_is_read_is_refused(
    tmp_path: Path, offset: int, magic: bytes, reason: str
) -> None:
    target = made.put(tmp_path / "disk", [(offset, magic)], made.MIB)
    with pytest.raises(SourceError) as caught:
        open_disk(target)
    assert str(caught.value) == f"{target}: {reason}"


def test_what_is_beside_the_root_and_not_read_is_said(raw: Path, tmp_path: Path) -> None:
    btrfs = made.put(tmp_path / "btrfs", [(0x10040, b"_BHRfS_M")], made.MIB)
    tree = open_disk(made.mbr(tmp_path / "disk", [btrfs, raw]))
    assert failures(tree) == [("partition 1", "not supported: btrfs")]
    assert {failure.extractor for failure in tree.failures} == {"disk"}


@pytest.mark.parametrize("target", ["missing", "folder"])
def test_what_is_no_file_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match=target):
        open_disk(tmp_path / target)


def test_a_disk_that_changes_under_the_walk_is_a_failure(raw: Path, tmp_path: Path) -> None:
    target = tmp_path / "disk"
    target.write_bytes(raw.read_bytes())
    tree = open_disk(target)
    target.write_bytes(bytes(made.MIB))
    (layer,) = tree.layers
    assert list(layer.walk(lambda _: 1)) == [
        FileFailure(extractor="disk", path="", reason="the disk has changed")
    ]
    target.unlink()
    assert list(layer.walk(lambda _: 1)) == [
        FileFailure(extractor="disk", path="", reason="No such file or directory")
    ]


def test_a_device_that_fails_is_a_failure(raw: Path) -> None:
    data = raw.read_bytes()
    broken = False

    def fetch(index: int) -> bytes:
        if broken:
            raise OSError(5, "Input/output error")
        return data[index * 4096 : (index + 1) * 4096]

    device = Blocks(len(data), 4096, fetch, 1)
    tree = open_snapshot(device, "a snapshot")
    broken = True
    (layer,) = tree.layers
    assert list(layer.walk(lambda _: 1)) == [
        FileFailure(extractor="disk", path="", reason="Input/output error")
    ]
    with pytest.raises(SourceError, match="a snapshot: Input/output error"):
        open_snapshot(device, "a snapshot")


def test_only_the_blocks_that_are_needed_are_read(
    folder: Path, expected: Inventory, tmp_path: Path
) -> None:
    ballast = tmp_path / "ballast"
    shutil.copytree(folder, ballast, symlinks=True)
    (ballast / "large").write_bytes(b"\xaa" * (40 * made.MIB))
    data = made.ext(ballast, tmp_path / "fs", size=96 * made.MIB).read_bytes()
    size = 1 << 16
    device = Blocks(len(data), size, lambda at: data[at * size : (at + 1) * size], len(data))
    assert inventory(open_snapshot(device, "blocks")) == expected
    assert device.fetched * size < 2 * made.MIB


def test_limits_hold(folder: Path, tmp_path: Path) -> None:
    target = made.ext(folder, tmp_path / "fs")

    def said(**limits: Any) -> list[str]:
        tree = open_disk(target, msgspec.structs.replace(Limits(), **limits))
        found = [
            item for item in tree.layers[0].walk(lambda _: 1 << 20) if isinstance(item, FileFailure)
        ]
        return sorted({f"{item.path}: {item.reason}" for item in found})

    assert said() == []
    assert said(entries=3) == [": over 3 entries"]
    assert said(depth=2) == [
        "usr/lib/python3.11: over 2 folders deep",
        "var/lib/dpkg: over 2 folders deep",
    ]
    assert said(file=100, copied=1 << 30) == ["var/lib/dpkg/status: 258 bytes, more than 100"]


def test_lvm_by_the_real_tools(folder: Path, expected: Inventory, tmp_path: Path) -> None:
    made.tool("lvcreate")
    image = made.put(tmp_path / "disk", [], 100 * made.MIB)
    with _loop(image) as loop:
        config = f'devices{{filter=["a|^{loop}$|","r|.*|"]}}'
        common = ("-q", "--driverloaded", "n", "--config", config)
        made.run("pvcreate", *common, loop)
        made.run("vgcreate", *common, "group-0", loop)
        for size in ("8M", "+16M"):
            if size[0] != "+":
                made.run(
                    "lvcreate", *common, "-an", "-Zn", "-Wn", "-L", size, "-n", "root", "group-0"
                )
                made.run(
                    "lvcreate", *common, "-an", "-Zn", "-Wn", "-L", "8M", "-n", "gap", "group-0"
                )
            else:
                made.run("lvextend", *common, "-L", size, "group-0/root")
    # where lvm2 put the extents: one behind the other, with `gap` between
    part = made.ext(folder, tmp_path / "fs", size=24 * made.MIB).read_bytes()
    with image.open("r+b") as file:
        for place, piece in (
            (made.MIB, part[: 8 * made.MIB]),
            (17 * made.MIB, part[8 * made.MIB :]),
        ):
            file.seek(place)
            file.write(piece)
    assert inventory(open_disk(image)) == expected


@pytest.mark.parametrize("kind", ["ext4", "ext4 inline", "ext2", "xfs"])
def test_what_the_kernel_wrote_in_pieces_is_read(tmp_path: Path, kind: str) -> None:
    image = made.put(tmp_path / "disk", [], 320 * made.MIB)
    options = {"xfs": (), "ext4 inline": ("-F", "-O", "inline_data")}.get(kind, ("-F",))
    made.run(f"mkfs.{kind.split(maxsplit=1)[0]}", "-q", *options, image)
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    with _loop(image) as loop:
        done = subprocess.run([made.tool("mount"), loop, mounted], check=False, capture_output=True)
        if done.returncode:
            pytest.skip(f"cannot mount: {done.stderr.decode().strip()}")
        try:
            with (mounted / "scattered").open("wb") as file:
                for at in range(6000):  # more pieces than fit an inode, or one block of pieces
                    file.seek(at * 8192)
                    file.write(b"%08d" % at)
            (mounted / "folder").mkdir()
            for at in range(900):
                (mounted / "folder" / (f"{at:05}" * 20)).write_bytes(b"%d" % at)
            for at in range(0, 900, 3):
                (mounted / "folder" / (f"{at:05}" * 20)).unlink()
            made.tree(mounted, {f"few/{at}": b"f" * (at * 12) for at in range(9)})
            (mounted / "ahead").write_bytes(b"")
            subprocess.run([made.tool("fallocate"), "-l", "1M", mounted / "ahead"], check=False)
            (mounted / "linked").symlink_to("x" * 800 + "/../scattered")
            (mounted / "alike").symlink_to("./" * 400 + "scattered")
            whole = {
                str(path.relative_to(mounted)): path.read_bytes()
                for path in mounted.rglob("*")
                if not path.is_symlink() and path.is_file()
            }
        finally:
            subprocess.run([made.tool("umount"), mounted], check=True)
    tree = open_disk(image)
    assert tree.failures == ()
    found = {
        item.path: item for item in tree.layers[0].walk(lambda path: (1 << 26) * (path != "alike"))
    }
    assert {path: getattr(item, "data", item) for path, item in found.items()} == whole
    assert files(tree, "alike") == {"alike": whole["scattered"]}


@contextmanager
def _loop(image: Path) -> Iterator[str]:
    done = subprocess.run(
        [made.tool("losetup"), "-f", "--show", image], check=False, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"needs loop devices: {done.stderr.strip()}")
    try:
        yield done.stdout.strip()
    finally:
        subprocess.run([made.tool("losetup"), "-d", done.stdout.strip()], check=True)
