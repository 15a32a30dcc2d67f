"""Java's archives: what they are called, and how little hostile ones can make of themselves."""

import io
import time
import zipfile
from collections.abc import Mapping

import pytest

from tests.simulators.tree import live
from vedette.errors import ParseError
from vedette.inventory.collect import collect
from vedette.inventory.extractors._base import FileInput
from vedette.inventory.extractors.java_archive import EXTRACTOR
from vedette.inventory.formats import java_archive
from vedette.inventory.formats.java_archive import JavaArchive
from vedette.inventory.formats.java_library import libraries
from vedette.inventory.formats.java_texts import read_manifest, read_properties
from vedette.inventory.found import Extraction
from vedette.model.package import Location
from vedette.model.resource import ResourceRef, ResourceType

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")
_POM = b"groupId=org.example\nartifactId=breeze\nversion=1.2.3\n"
_POM_PATH = "META-INF/maven/org.example/breeze/pom.properties"


def _zip(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _extract(data: bytes, path: str = "opt/a.jar") -> Extraction:
    return EXTRACTOR.extract(FileInput(path=path, data=data))


def _faults(extraction: Extraction) -> list[str]:
    return [f"{fault.place}: {fault.reason}" for fault in extraction.faults]


def _name(file: str, **manifest: str) -> str | None:
    text = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in manifest.items())
    archive = JavaArchive(name=file, within="", manifest=text.encode())
    found = list(libraries(archive))
    return f"{found[0].name} {found[0].version}" if found else None


@pytest.mark.parametrize(
    ("file", "manifest", "expected"),
    [
        ("a-1.0.jar", {}, "a 1.0"),
        ("a-b-1.0-SNAPSHOT.jar", {}, "a-b 1.0-SNAPSHOT"),
        ("a_2.12-2.0.1.jar", {"Bundle_SymbolicName": "org.x.a"}, "org.x:a_2.12 2.0.1"),
        ("xz-1.8.jar", {"Bundle_SymbolicName": "org.tukaani.xz"}, "org.tukaani:xz 1.8"),
        ("obj-2.6.jar", {"Bundle_SymbolicName": "org.obj"}, "org.obj:obj 2.6"),
        ("a-1.jar", {"Implementation_Vendor_Id": "org.apache"}, "a 1"),
        ("a-1.jar", {"Implementation_Vendor_Id": "Apache Software Foundation"}, "a 1"),
        ("a-1.jar", {"Implementation_Vendor": "org.typewind"}, "org.typewind:a 1"),
        ("a-1.jar", {"Implementation_Version": "2"}, "a 1"),
        ("a.jar", {"Implementation_Version": "2"}, "a 2"),
        ("a.jar", {"Implementation_Version": "2 (build 7)", "Bundle_Version": "2.0"}, "a 2.0"),
        ("gson-2.2.4.jar", {}, "com.google.code.gson:gson 2.2.4"),
        ("a b-1.jar", {}, None),
        ("a.jar", {}, None),
        (".jar", {"Implementation_Version": "2"}, None),
        ("x.hpi", {"Short_Name": "y", "Plugin_Version": "3", "Group_Id": "org.z"}, "org.z:y 3"),
    ],
)
def test_name_of_an_archive_without_coordinates(
    file: str, manifest: dict[str, str], expected: str | None
) -> None:
    assert _name(file, **manifest) == expected


def test_manifest_is_its_main_section() -> None:
    text = b"\xef\xbb\xbfA: 1\r\nLong: be\r\n gin\rB:2\nA: 3\nnothing\n\nName: x\nC: 4\n"
    assert read_manifest(text) == {"A": "1", "Long": "begin", "B": "2"}
    assert read_manifest(b"\n\nA: 1\n\nB: 2") == {"A": "1"}


def test_properties_are_keys_and_values() -> None:
    text = b"# a=1\n  version = 1.0 \ngroupId:org.x\nartifactId y\nversion=2\n!b=3\n=4\n"
    assert read_properties(text) == {"version": "2", "groupId": "org.x", "artifactId": "y"}


def test_place_within_archives_and_owner() -> None:
    inner = _zip({"lib/breeze-1.2.3.jar": _zip({_POM_PATH: _POM})})
    files = {
        "usr/share/java/shop.war": _zip({"WEB-INF/lib/inner-1.jar": inner}),
        "var/lib/dpkg/status": b"Package: shop\nStatus: install ok installed\nVersion: 1\n\n",
        "var/lib/dpkg/info/shop.list": b"/usr/share/java/shop.war\n",
    }
    inventory = collect(live(files), resource=_HERE)
    found = [(p.purl, p.locations, p.owner) for p in inventory.packages if p.ecosystem == "Maven"]
    place = "usr/share/java/shop.war!/WEB-INF/lib/inner-1.jar"
    assert found == [
        ("pkg:maven/inner@1", (Location(path=place),), "pkg:deb/shop@1"),
        (
            "pkg:maven/org.example/breeze@1.2.3",
            (Location(path=f"{place}!/lib/breeze-1.2.3.jar"),),
            "pkg:deb/shop@1",
        ),
    ]


def test_archives_are_read_to_a_depth() -> None:
    data = _zip({_POM_PATH: _POM})
    for _ in range(40):
        data = _zip({"a.jar": data})
    extraction = _extract(data)
    assert extraction.packages == ()
    assert _faults(extraction) == ["!/".join(["a.jar"] * 17) + ": over 16 archives deep"]


def test_archives_are_read_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java_archive, "_MOST_ARCHIVES", 20)
    data = _zip({f"{number}.jar": _zip({}) for number in range(30)})
    with pytest.raises(ParseError, match="over 20 archives"):
        _extract(data)


def test_bomb_is_a_fault_and_the_rest_is_read() -> None:
    bomb = _zip({f"{number}-1.jar": bytes(60 << 20) for number in range(10)})
    started = time.process_time()
    extraction = _extract(_zip({"bomb-1.jar": bomb, _POM_PATH: _POM}))
    assert time.process_time() - started < 20
    assert [p.name for p in extraction.packages if ":" in p.name] == ["org.example:breeze"]
    assert any("bytes of files copied" in fault for fault in _faults(extraction))


def test_text_that_is_too_large_is_a_fault() -> None:
    extraction = _extract(_zip({"META-INF/MANIFEST.MF": bytes(2 << 20)}))
    assert _faults(extraction) == ["META-INF/MANIFEST.MF: 2097152 bytes, more than 1048576"]


def test_names_that_are_not_utf_8_are_shown() -> None:
    data = _zip({"lib/xxx-1.jar": b"none"}).replace(b"xxx", b"x\xffx")
    assert _faults(_extract(data))[0].startswith("lib/x\\xffx-1.jar: ")
