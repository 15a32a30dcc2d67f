"""The walk and the merge of layers, on trees in memory."""

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.inventory.rpmdb import database, header
from tests.simulators.tree import (
    SimulatedLayer,
    layer_of,
    live,
    opaque,
    replaced,
    tree,
    whiteout,
)
from vedette.errors import SourceError
from vedette.inventory.cache import DirectoryCache
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.collect import collect
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.extractors.python import EXTRACTOR
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.inventory.walks import LayerDone
from vedette.model.digest import Digest, digest_of
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.package import (
    Location,
    Package,
    PackageManager,
    SchemeName,
    SourcePackage,
)
from vedette.model.purl import Purl
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.archive import open_lambda
from vedette.sources.image import open_image
from vedette.sources.layer import Verify
from vedette.sources.tree import File, FileTree, Hiding, Peek, Sieve, Wanted

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")
_DEBIAN = {"etc/os-release": b"ID=debian\nVERSION_ID=12\n"}
_STATUS = "var/lib/dpkg/status"


def _deb(name: str, version: str, arch: str = "amd64") -> str:
    return (
        f"Package: {name}\nStatus: install ok installed\n"
        f"Architecture: {arch}\nVersion: {version}\n\n"
    )


def _status(*debs: str) -> dict[str, bytes]:
    return {_STATUS: "".join(debs).encode()}


def _metadata(name: str, version: str, licence: str = "") -> bytes:
    return f"Name: {name}\nVersion: {version}\nLicense: {licence}\n".encode()


def _collect(target: FileTree) -> Inventory:
    return collect(target, resource=_HERE)


def _seen(inventory: Inventory) -> list[tuple[str, str, list[str | None]]]:
    return [
        (p.name, p.version, [location.layer for location in p.locations])
        for p in inventory.packages
    ]


def test_package_is_whole() -> None:
    files = {
        **_DEBIAN,
        _STATUS: (
            b"Package: libzephyr2\nStatus: install ok installed\nMaintainer: Z <z@example.org>\n"
            b"Architecture: amd64\nSource: zephyr (2.4-1)\nVersion: 1:2.4-1+b1\n"
        ),
    }
    layer = layer_of(files)
    taken_at = datetime(2024, 5, 1, tzinfo=UTC)
    assert collect(tree(layer), resource=_HERE, taken_at=taken_at) == Inventory(
        resource=_HERE,
        distro=Distro(id="debian", version_id="12"),
        packages=(
            Package(
                purl=Purl("pkg:deb/debian/libzephyr2@1:2.4-1%2Bb1?arch=amd64&distro=debian-12"),
                ecosystem="Debian:12",
                name="libzephyr2",
                version="1:2.4-1+b1",
                scheme=SchemeName.DEB,
                manager=PackageManager.OS,
                arch="amd64",
                source=SourcePackage(name="zephyr", version="2.4-1"),
                vendor="Z <z@example.org>",
                locations=(Location(path=_STATUS, layer=layer.digest),),
                extractor="dpkg",
            ),
        ),
        taken_at=taken_at,
    )


def test_empty_tree_is_an_empty_inventory() -> None:
    assert _collect(tree()) == Inventory(resource=_HERE, distro=None, packages=())
    failure = FileFailure(extractor="image", path="layer 3", reason="missing")
    opened = msgspec.structs.replace(live({}), failures=(failure,))
    assert _collect(opened).failures == (failure,)


def test_rewritten_database_keeps_each_package_its_layer() -> None:
    one = layer_of(_status(_deb("a", "1"), _deb("b", "1"), _deb("c", "1")))
    two = layer_of(_status(_deb("a", "1"), _deb("b", "2"), _deb("d", "1")))
    three = layer_of(_status(_deb("a", "1"), _deb("b", "2"), _deb("c", "1"), _deb("d", "1")))
    assert _seen(_collect(tree(one, two, three))) == [
        ("a", "1", [one.digest]),
        ("b", "2", [two.digest]),
        ("c", "1", [three.digest]),  # gone in between: this layer brought it back
        ("d", "1", [two.digest]),
    ]


def test_rewritten_database_behind_an_opaque_folder_keeps_the_layer_too() -> None:
    one = layer_of(_status(_deb("a", "1")))
    two = layer_of(_status(_deb("a", "1"), _deb("b", "1")), hidings=[opaque("var/lib/dpkg")])
    assert _seen(_collect(tree(one, two))) == [
        ("a", "1", [one.digest]),
        ("b", "1", [two.digest]),
    ]


_WIND = {
    "app/lib/wind-1.dist-info/METADATA": _metadata("wind", "1"),
    "app/lib2/rain-1.dist-info/METADATA": _metadata("rain", "1"),
}


@pytest.mark.parametrize(
    ("upper", "left"),
    [
        (layer_of({}), ["rain", "wind"]),
        (layer_of({}, hidings=[whiteout("app/lib/wind-1.dist-info/METADATA")]), ["rain"]),
        (layer_of({}, hidings=[whiteout("app/lib/wind-1.dist-info")]), ["rain"]),
        (layer_of({}, hidings=[whiteout("app/lib")]), ["rain"]),
        (layer_of({}, hidings=[whiteout("app")]), []),
        (layer_of({}, hidings=[whiteout("app/li")]), ["rain", "wind"]),
        (layer_of({}, hidings=[opaque("app/lib")]), ["rain"]),
        (layer_of({}, hidings=[opaque("")]), []),
        (layer_of({}, hidings=[opaque("app/lib/wind-1.dist-info/METADATA")]), ["rain", "wind"]),
        (layer_of({}, hidings=[replaced("app/lib/wind-1.dist-info/METADATA")]), ["rain"]),
        (layer_of({}, hidings=[replaced("app/lib")]), ["rain"]),
        (layer_of({"app/lib/wind-1.dist-info/METADATA": b"broken"}), ["rain"]),
        (layer_of({"app/lib/wind-1.dist-info/METADATA": _metadata("new", "1")}), ["new", "rain"]),
    ],
)
def test_upper_layer_hides_what_it_deletes_or_replaces(
    upper: SimulatedLayer, left: list[str]
) -> None:
    assert [p.name for p in _collect(tree(_WIND, upper)).packages] == left


def test_hiding_leaves_its_own_layer_and_upper_ones_alone() -> None:
    upper = layer_of(
        {"app/lib/new-1.dist-info/METADATA": _metadata("new", "1")},
        hidings=[opaque("app/lib"), whiteout("app/lib2")],
    )
    again = layer_of({"app/lib2/rain-1.dist-info/METADATA": _metadata("rain", "1")})
    assert _seen(_collect(tree(_WIND, upper, again))) == [
        ("new", "1", [upper.digest]),
        ("rain", "1", [again.digest]),
    ]


def test_folder_that_became_a_file_and_back() -> None:
    file = {"lib/gale.egg-info": _metadata("gale", "1")}
    folder = {"lib/gale.egg-info/PKG-INFO": _metadata("gale", "2")}
    assert [p.version for p in _collect(tree(file, folder)).packages] == ["2"]
    assert [p.version for p in _collect(tree(folder, file)).packages] == ["1"]


def test_failure_names_its_layer_and_goes_with_its_file() -> None:
    broken = layer_of({"lib/x.egg-info": b"broken"})
    assert _collect(tree(broken)).failures == (
        FileFailure(
            extractor="python", path="lib/x.egg-info", reason="no Name", layer=broken.digest
        ),
    )
    mended = layer_of({"lib/x.egg-info": _metadata("x", "1")})
    assert _collect(tree(broken, mended)).failures == ()
    assert _collect(tree(broken, layer_of({}, hidings=[whiteout("lib")]))).failures == ()


def test_unreadable_upper_file_hides_the_lower_one() -> None:
    lower = layer_of(_status(_deb("a", "1")))
    failure = FileFailure(extractor="source", path=_STATUS, reason="checksum")
    upper = SimulatedLayer({}, failures=[failure])
    inventory = _collect(tree(lower, upper))
    assert (inventory.packages, inventory.failures) == ((), (failure,))


def test_failure_of_a_whole_layer_hides_nothing() -> None:
    failure = FileFailure(extractor="source", path="", reason="truncated")
    inventory = _collect(tree(_WIND, SimulatedLayer({}, failures=[failure])))
    assert [p.name for p in inventory.packages] == ["rain", "wind"]
    assert inventory.failures == (failure,)


def test_bad_record_leaves_the_good_ones() -> None:
    inventory = _collect(live(_status(_deb("a", "1"), "Package: b\n\n", _deb("c", "1"))))
    assert [p.name for p in inventory.packages] == ["a", "c"]
    assert inventory.failures == (
        FileFailure(extractor="dpkg", path=_STATUS, reason="line 6: no version"),
    )


def test_truncated_rpm_database_is_a_failure(tmp_path: Path) -> None:
    blobs = [header(name=f"p{n}", version="1", release="1") for n in range(200)]
    data = database(tmp_path / "db", blobs)
    path = "var/lib/rpm/rpmdb.sqlite"
    whole = _collect(live({path: data}))
    assert (len(whole.packages), whole.failures) == (200, ())
    cut = _collect(live({path: data[: len(data) // 2], **_WIND}))
    assert [p.name for p in cut.packages] == ["rain", "wind"]
    assert [(f.extractor, f.path) for f in cut.failures] == [("rpm", path)]


def test_same_package_in_two_places_is_one() -> None:
    files = {
        "b/lib/wind-1.dist-info/METADATA": _metadata("wind", "1", "MIT"),
        "a/lib/wind-1.egg-info": _metadata("Wind", "1", "Apache-2.0"),
        "c/lib/wind-2.dist-info/METADATA": _metadata("wind", "2"),
    }
    one, two = _collect(live(files)).packages
    assert one.locations == (
        Location(path="a/lib/wind-1.egg-info"),
        Location(path="b/lib/wind-1.dist-info/METADATA"),
    )
    assert one.licenses == ("Apache-2.0", "MIT")
    assert (two.version, two.purl) == ("2", "pkg:pypi/wind@2")


def test_files_of_os_packages_have_an_owner() -> None:
    path = "usr/lib/python3/dist-packages/wind-1.egg-info"
    info = "var/lib/dpkg/info/"
    files = {
        **_DEBIAN,
        **_status(_deb("python3-wind", "1-1", "all"), _deb("libx", "1"), _deb("libx", "1", "i386")),
        f"{info}python3-wind.list": f"/.\n/usr/share/x\n/{path}\n".encode(),
        f"{info}removed.list": b"/opt/gone/gust-1.egg-info\n",
        f"{info}libx:i386.list": b"/lib/node_modules/x/package.json\n",
        path: _metadata("wind", "1"),
        "usr/local/lib/wind-1.egg-info": _metadata("wind", "1"),
        "opt/gone/gust-1.egg-info": _metadata("gust", "1"),
        "usr/lib/node_modules/x/package.json": b'{"name":"x","version":"1.0.0"}',
    }
    owner = Purl("pkg:deb/debian/python3-wind@1-1?arch=all&distro=debian-12")
    i386 = Purl("pkg:deb/debian/libx@1?arch=i386&distro=debian-12")
    owned = [
        (p.name, p.owner, [location.path for location in p.locations])
        for p in _collect(live(files)).packages
        if p.ecosystem in {"PyPI", "npm"}
    ]
    assert owned == [
        ("x", i386, ["usr/lib/node_modules/x/package.json"]),
        ("gust", None, ["opt/gone/gust-1.egg-info"]),
        ("wind", None, ["usr/local/lib/wind-1.egg-info"]),
        ("wind", owner, [path]),
    ]


def test_owner_is_the_version_that_is_installed(tmp_path: Path) -> None:
    path = "usr/lib/python3.9/site-packages/wind-1.dist-info/METADATA"
    folder = f"/{path.rpartition('/')[0]}/"

    def rpm(version: str) -> bytes:
        return header(
            name="wind", version=version, release="1", arch="noarch",
            basenames=["METADATA"], dirnames=[folder], dirindexes=[0],
        )  # fmt: skip

    data = database(
        tmp_path / "db", [rpm("1"), header(name="wind", version="2", release="1", arch="noarch")]
    )
    files = {"var/lib/rpm/rpmdb.sqlite": data, path: _metadata("wind", "1")}
    owners = {p.owner for p in _collect(live(files)).packages if p.ecosystem == "PyPI"}
    assert owners == {Purl("pkg:rpm/wind@1-1?arch=noarch")}


def test_first_claim_of_the_distribution_holds() -> None:
    files = {
        "usr/lib/os-release": b"ID=fedora\nVERSION_ID=38\n",
        "etc/os-release": b"ID=amzn\nVERSION_ID=2023\n",
        "etc/debian_version": b"12.1\n",
    }
    assert _collect(live(files)).distro == Distro(id="amzn", version_id="2023")
    assert _collect(tree(files, layer_of({}, hidings=[whiteout("etc")]))).distro == Distro(
        id="fedora", version_id="38"
    )


def test_progress_is_told_a_layer_at_a_time(tmp_path: Path) -> None:
    layers = [layer_of(_DEBIAN), layer_of(_WIND), SimulatedLayer({})]
    cache = DirectoryCache(tmp_path)
    told: list[LayerDone] = []
    for _ in range(2):
        collect(tree(*layers), resource=_HERE, cache=cache, workers=1, progress=told.append)
    assert [(one.done, one.layers) for one in told] == [(1, 3), (2, 3), (3, 3)] * 2
    assert {one.digest: one.cached for one in told[3:]} == {
        layers[0].digest: True,
        layers[1].digest: True,
        None: False,
    }


def test_layer_is_read_once_ever(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    layers = [layer_of({**_DEBIAN, **_status(_deb("a", "1"))}), layer_of(_WIND)]
    first = collect(tree(*layers), resource=_HERE, cache=cache)
    second = collect(tree(*layers), resource=_HERE, cache=cache)
    assert second == first
    assert [layer.walks for layer in layers] == [1, 1]
    # another layer above: only that one is read
    upper = layer_of({}, hidings=[whiteout("app/lib")])
    third = collect(tree(*layers, upper), resource=_HERE, cache=cache)
    assert [p.name for p in third.packages] == ["a", "rain"]
    assert [layer.walks for layer in (*layers, upper)] == [1, 1, 1]


def test_other_version_of_an_extractor_reads_again(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    layer = layer_of(_WIND)
    collect(tree(layer), resource=_HERE, cache=cache)
    newer = [
        msgspec.structs.replace(e, version=e.version + 1) if e.name == "python" else e
        for e in EXTRACTORS
    ]
    collect(tree(layer), newer, resource=_HERE, cache=cache)
    assert layer.walks == 2


def test_entry_that_is_no_result_is_read_anew(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    layer = layer_of(_WIND)
    first = collect(tree(layer), resource=_HERE, cache=cache)
    for entry in tmp_path.iterdir():  # the result, and the note beside it
        cache.put(entry.stem, b"not msgpack")
    assert collect(tree(layer), resource=_HERE, cache=cache) == first
    assert layer.walks == 2


def _zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_same_zip_as_code_and_as_layer_is_read_in_both_places(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    content = _zip({"python/wind-1.dist-info/METADATA": _metadata("wind", "1")})
    targets = (open_lambda(content), open_lambda(_zip({}), [content]), open_lambda(content))
    paths = [
        [location.path for p in collect(target, resource=_HERE, cache=cache).packages
         for location in p.locations]
        for target in targets
    ]  # fmt: skip
    path = "python/wind-1.dist-info/METADATA"
    assert paths == [[path], [f"opt/{path}"], [path]]
    assert len(list(tmp_path.iterdir())) == 6  # a result and a note each


def _image(path: Path, content: bytes, claimed: str) -> Path:
    config = json.dumps({"architecture": "amd64", "os": "linux",
                         "rootfs": {"type": "layers", "diff_ids": [claimed]}})  # fmt: skip
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["x:1"], "Layers": ["l.tar"]}])
    path.write_bytes(
        _tar({"c.json": config.encode(), "l.tar": content, "manifest.json": manifest.encode()})
    )
    return path


def _tar(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def test_what_an_image_claims_names_nothing(tmp_path: Path) -> None:
    honest = _tar({"lib/wind-1.egg-info": _metadata("wind", "1")})
    crafted = _tar({"lib/other-1.egg-info": _metadata("other", "1")})
    digest = digest_of(honest)
    cache = DirectoryCache(tmp_path / "cache")
    target = open_image(_image(tmp_path / "crafted.tar", crafted, digest), verify=Verify.CONTENT)
    collect(target, resource=_HERE, cache=cache)
    assert list((tmp_path / "cache").iterdir()) == []
    target = open_image(_image(tmp_path / "crafted.tar", crafted, digest), verify=Verify.NOTHING)
    collect(target, resource=_HERE, cache=cache)
    assert len(list((tmp_path / "cache").iterdir())) == 2  # under its place, with a note
    for verify in (Verify.CONTENT, Verify.NOTHING):
        target = open_image(_image(tmp_path / "honest.tar", honest, digest), verify=verify)
        for _ in range(2):
            (package,) = collect(target, resource=_HERE, cache=cache).packages
            assert (package.name, package.locations[0].layer) == ("wind", digest)
    assert len(list((tmp_path / "cache").iterdir())) == 6


def _cached(path: Path, cache: DirectoryCache) -> tuple[str, bool]:
    """What is in the one layer of an image, and whether that was known."""
    known: list[bool] = []
    inventory = collect(
        open_image(path, verify=Verify.NOTHING),
        resource=_HERE,
        cache=cache,
        progress=lambda done: known.append(done.cached),
    )
    return inventory.packages[0].name, known[0]


def test_local_layers_are_known_by_their_place(tmp_path: Path) -> None:
    layers = [_tar({f"lib/{n}-1.egg-info": _metadata(n, "1")}) for n in ("wind", "tide")]
    digest = digest_of(layers[0])
    path = _image(tmp_path / "image.tar", layers[0], digest)
    cache = DirectoryCache(tmp_path / "cache")
    assert [_cached(path, cache) for _ in range(2)] == [("wind", False), ("wind", True)]
    before = path.stat()
    _image(path, layers[1], digest)  # of the same size, in the same file
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [_cached(path, cache) for _ in range(2)] == [("tide", False), ("tide", True)]
    copy = tmp_path / "copy.tar"
    copy.write_bytes(path.read_bytes())
    assert _cached(copy, cache) == ("tide", False)


def test_a_file_that_changes_meanwhile_keeps_nothing(tmp_path: Path) -> None:
    content = _tar({"lib/wind-1.egg-info": _metadata("wind", "1")})
    path = _image(tmp_path / "image.tar", content, digest_of(content))
    cache = DirectoryCache(tmp_path / "cache")

    def touching(file: FileInput) -> Extraction:
        path.write_bytes(path.read_bytes())
        return EXTRACTOR.extract(file)

    extractor = msgspec.structs.replace(EXTRACTOR, extract=touching)
    target = open_image(path, verify=Verify.NOTHING)
    assert collect(target, (extractor,), resource=_HERE, cache=cache).packages
    assert list((tmp_path / "cache").iterdir()) == []


def test_unreadable_layer_is_not_kept(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    failure = FileFailure(extractor="source", path="x", reason="connection lost")
    layer = SimulatedLayer(_WIND, failures=[failure], digest=Digest("sha256:" + "0" * 64))
    for _ in range(2):
        assert len(collect(tree(layer), resource=_HERE, cache=cache).failures) == 1
    assert layer.walks == 2
    malformed = layer_of({"lib/x.egg-info": b"broken"})
    for _ in range(2):
        assert len(collect(tree(malformed), resource=_HERE, cache=cache).failures) == 1
    assert malformed.walks == 1


class _Failing(SimulatedLayer):
    def walk(
        self, wanted: Wanted, peek: Peek | None = None, sieve: Sieve | None = None
    ) -> Iterator[File | Hiding | FileFailure]:
        yield from super().walk(wanted, peek, sieve)
        raise SourceError("the blob is gone")


def test_layer_that_ends_early_is_a_failure_and_the_rest_is_reported() -> None:
    inventory = _collect(tree(_Failing(_WIND)))
    assert [p.name for p in inventory.packages] == ["rain", "wind"]
    assert inventory.failures == (
        FileFailure(extractor="source", path="", reason="the blob is gone"),
    )


def _plug_in(name: str, extract: Callable[[FileInput], Extraction], limit: int = 100) -> Extractor:
    return Extractor(
        name=name,
        version=1,
        title=name,
        patterns=("**/file",),
        limit=limit,
        extract=extract,
    )


def _crash(_file: FileInput) -> Extraction:
    raise ZeroDivisionError("oops")


def _found(file: FileInput) -> Extraction:
    package = FoundPackage(
        kind=PackageKind.PYPI, manager=PackageManager.PIP, name=file.data.decode(), version="1"
    )
    return Extraction(packages=(package,))


def test_plug_in_that_crashes_leaves_the_others(tmp_path: Path) -> None:
    layer = layer_of({"a/file": b"wind", "b/file": b"", "c/file": b"rain" * 10})
    plug_ins = (_plug_in("bad", _crash), _plug_in("good", _found), _plug_in("small", _found, 20))
    cache = DirectoryCache(tmp_path)
    collect(tree(layer), plug_ins, resource=_HERE, cache=cache)
    inventory = collect(tree(layer), plug_ins, resource=_HERE, cache=cache)
    assert layer.walks == 2  # a crash may be mended without a new version
    assert [p.name for p in inventory.packages] == ["rain" * 10, "wind"]
    crash = "the extractor crashed: ZeroDivisionError: oops"
    assert [(f.path, f.extractor, f.reason) for f in inventory.failures] == [
        ("a/file", "bad", crash),
        ("b/file", "bad", crash),
        ("b/file", "good", "not a package URL: Invalid purl: name is a required argument."),
        ("b/file", "small", "not a package URL: Invalid purl: name is a required argument."),
        ("c/file", "bad", crash),
        ("c/file", "small", "40 bytes, more than 20"),
    ]


def test_inventory_does_not_depend_on_the_order_of_files() -> None:
    files = {**_WIND, **_DEBIAN, **_status(_deb("a", "1"), _deb("b", "1"))}
    assert _collect(live(files)) == _collect(live(dict(reversed(files.items()))))
