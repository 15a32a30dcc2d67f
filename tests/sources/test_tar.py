"""Tar archives as writers make them, `tarfile` among them."""

import io
import tarfile
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import pytest
from hypothesis import given, settings, strategies as st

from tests.sources.build import (
    Content,
    everything,
    failures,
    files,
    hidings,
    only,
    tar,
    walk,
)
from vedette.errors import ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Limits, Meter
from vedette.sources.tar import walk_tar
from vedette.sources.tree import File, Hiding, HidingKind
from vedette.sources.window import StreamWindow, Window

Form = Literal[0, 1, 2]
FORMATS: list[Form] = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
LONG = "/".join(["a-rather-long-directory-name"] * 9)

names = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60).filter(
        lambda part: part not in {".", ".."} and not part.startswith(".wh.")
    ),
    min_size=1,
    max_size=8,
).map("/".join)


@given(
    st.lists(st.tuples(names, st.binary(max_size=2000)), max_size=8),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.integers(1, 3000),
)
@settings(max_examples=80)
def test_what_tarfile_writes_is_read(
    members: list[tuple[str, bytes]], form: Form, piece: int
) -> None:
    data = tar(members, form)
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    items = walk(pieces)
    assert [(item.path, item.data) for item in items if hasattr(item, "data")] == members
    assert len(items) == len(members)


@pytest.mark.parametrize("form", FORMATS)
def test_long_names_and_links(form: Form) -> None:
    path = f"{LONG[:140]}/file"
    members: dict[str, Content] = {path: b"long", "link": "=> " + path[:90]}
    if form != tarfile.USTAR_FORMAT:
        members = {f"{LONG}/file": b"long", "link": f"=> {LONG}/file"}
    items = walk(tar(members, form), only(*members))
    expected = {**members, "link": b"long"}
    if form == tarfile.USTAR_FORMAT:
        del expected["link"]
        assert failures(items)[0][0] == "link"
    assert files(items) == expected


def test_only_what_is_wanted_is_given() -> None:
    data = tar([("a", b"1"), ("b", b"2" * 10_000), ("c/d", b"3"), ("e", "/")])
    assert files(walk(data, only("a", "c/d"))) == {"a": b"1", "c/d": b"3"}
    assert walk(data, only()) == []


def test_a_file_over_its_bound_is_a_failure() -> None:
    data = tar({"a": b"12345", "b": b"1234"})
    items = walk(data, only("a", "b", most=4))
    assert (files(items), failures(items)) == (
        {"b": b"1234"},
        [("a", "5 bytes, more than 4")],
    )


def test_names_are_taken_below_the_root() -> None:
    data = tar([("./a", b"1"), ("/b", b"2"), ("/c", b"3"), ("d//./e", b"4"), ("./", "/")])
    items = walk(data)
    assert files(items) == {"a": b"1", "b": b"2", "c": b"3", "d/e": b"4"}
    assert failures(items) == [("/b", "2 absolute names, taken as below the root")]


def test_names_that_lead_up_are_failures_and_the_rest_is_read() -> None:
    data = tar([("../a", b"1"), ("b/../../c", b"2"), ("x/..", "/"), ("d", b"3"), ("../l", "-> a")])
    items = walk(data)
    assert files(items) == {"d": b"3"}
    assert failures(items) == [
        (name, "a name with `..`") for name in ("../a", "b/../../c", "x/../", "../l")
    ]


def test_names_that_are_not_utf8_can_be_shown() -> None:
    info = tarfile.TarInfo("caf\udce9")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(info)
    assert files(walk(out.getvalue())) == {"caf\\xe9": b""}


def test_where_a_name_comes_twice_both_are_given_in_order() -> None:
    items = walk(tar([("a", b"1"), ("a", b"2")]))
    assert [item.data for item in items if hasattr(item, "data")] == [b"1", b"2"]


def test_whiteouts() -> None:
    members: dict[str, Content] = {
        "etc/.wh.passwd": b"",
        ".wh.top": b"",
        "opt/.wh..wh..opq": b"",
        ".wh..wh..opq": b"",
        ".wh..wh.plnk": "/",
        ".wh..wh.orph/file": b"kept",
        "x/.wh.": b"",
        "x/.wh...": b"",
        "not.wh.one": b"kept",
    }
    data = tar(members)
    items = walk(data)
    assert hidings(items) == [
        ("etc/passwd", HidingKind.WHITEOUT),
        ("top", HidingKind.WHITEOUT),
        ("opt", HidingKind.OPAQUE),
        ("", HidingKind.OPAQUE),
    ]
    assert files(items) == {".wh..wh.orph/file": b"kept", "not.wh.one": b"kept"}
    assert failures(items) == [(f"x/.wh.{end}", "a whiteout of nothing") for end in ("", "..")]
    assert ".wh.top" in files(walk(data, whiteouts=False))


def test_links_and_devices_replace() -> None:
    device, pipe, block = (tarfile.TarInfo(name) for name in ("null", "pipe", "sda"))
    device.type, pipe.type, block.type = tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.BLKTYPE
    members: dict[str, Content] = {
        "null": device,
        "pipe": pipe,
        "sda": block,
        "lib": "-> usr/lib",
        "etc": "/",
    }
    items = walk(tar(members), only())
    assert hidings(items) == [
        (name, HidingKind.REPLACED) for name in ("null", "pipe", "sda", "lib")
    ]


def test_hard_links_have_the_content_of_their_place() -> None:
    data = tar(
        [
            ("a", b"first"),
            ("b", "=> a"),
            ("c", "=> ./b"),
            ("a", b"second"),
            ("d", "=> a"),
            ("e", "=> c"),
        ]
    )
    items = walk(data, only("b", "c", "d", "e"))
    assert files(items) == {"b": b"first", "c": b"first", "d": b"second", "e": b"first"}
    assert failures(items) == []


def test_hard_links_that_lead_nowhere() -> None:
    data = tar(
        [
            ("none", "=> not/here"),
            ("early", "=> late"),
            ("late", b"1"),
            ("self", "=> self"),
            ("up", "=> ../up"),
            ("unwanted", "=> ../up"),
        ]
    )
    items = walk(data, only("none", "early", "self", "up"))
    gone = "it is not in this layer, or only after the link"
    assert files(items) == {}
    assert failures(items) == [
        ("up", "a hard link: a name with `..`"),
        ("none", f"a hard link to 'not/here': {gone}"),
        ("early", f"a hard link to 'late': {gone}"),
        ("self", f"a hard link to 'self': {gone}"),
    ]


def test_hard_links_are_bounded_like_files() -> None:
    data = tar([("big", b"12345"), ("a", "=> big"), ("b", "=> big"), ("c", "=> b")])
    sizes = {"a": 4, "b": 5, "c": 9}
    items = walk(data, lambda path: sizes.get(path, 0))
    assert (files(items), failures(items)) == (
        {"b": b"12345", "c": b"12345"},
        [("a", "5 bytes, more than 4")],
    )
    items = walk(data, only("a", "b", "c"), Limits(copied=12))
    assert failures(items) == [
        ("b", "over 12 bytes of files copied"),
        ("c", "over 12 bytes of files copied"),
    ]
    items = walk(data, only("a"), Limits(linked=4))
    assert failures(items) == [("a", "a hard link to 'big': over 4 bytes held for links")]
    items = walk(data, only("a", most=4))
    assert failures(items) == [("a", "a hard link to 'big': 5 bytes, more than 4")]


def test_wanted_symbolic_links_are_followed_within_the_layer() -> None:
    data = tar(
        [
            ("etc/os-release", "-> ../usr/lib/os-release"),
            ("status", "-> /var/real/status"),
            ("var/real", "-> lib"),
            ("var/lib/status", b"early"),
            ("via", "-> hard"),
            ("hard", "=> var/lib/status"),
            ("var/lib/status", b"late"),
            ("gone", "-> elsewhere"),
            ("loop", "-> ./loop"),
            ("unwanted", "-> unwanted"),
        ]
    )
    wanted = only("etc/os-release", "usr/lib/os-release", "status", "via", "gone", "loop")
    items = walk(data, wanted)
    assert files(items) == {"status": b"late", "via": b"early"}
    assert failures(items) == [
        ("loop", "a symbolic link: over 40 links in a row, perhaps in a circle"),
        (
            "gone",
            "a symbolic link to 'elsewhere': it is not in this layer, or only after the link",
        ),
    ]


def test_links_before_damage_are_still_read() -> None:
    data = tar([("a", b"1"), ("b", "=> a"), ("s", "-> a"), ("z", b"z" * 5000)])
    items = walk(data[:4000], only("b", "s"))
    assert files(items) == {"b": b"1", "s": b"1"}
    assert failures(items) == [
        ("", "offset 4000: ends within the content of a member, 3680 bytes early")
    ]


def test_damage_that_only_the_second_pass_meets() -> None:
    good = tar([("../x", b"0"), ("a", b"1"), ("b", "=> a"), ("c", "-> a"), ("z", b"2")])
    pieces = iter([good, good[:2600]])
    meter = Meter(Limits(), extractor="tar")
    items: list[File | Hiding | FileFailure] = []

    def opened() -> AbstractContextManager[Window]:
        return nullcontext(StreamWindow(iter([next(pieces)])))

    with pytest.raises(ParseError, match="offset 2600: ends within a header"):
        items.extend(walk_tar(opened, only("b", "c"), meter, whiteouts=True))
    assert failures(items) == [("../x", "a name with `..`")]


def test_unknown_types_are_failures_where_they_are_wanted() -> None:
    odd, other = tarfile.TarInfo("odd"), tarfile.TarInfo("other")
    odd.type = other.type = b"Z"
    odd.size = 0
    members: dict[str, Content] = {"odd": odd, "other": other, "a": b"1"}
    items = walk(tar(members), only("odd", "a"))
    assert (files(items), failures(items)) == (
        {"a": b"1"},
        [("odd", "a member of the type 'Z'")],
    )


def test_archives_before_posix() -> None:
    data = bytearray(tar({"folder/": b"", "file": b"1"}, tarfile.GNU_FORMAT))
    for at in (0, 512):
        data[at + 156] = 0
        data[at + 257 : at + 265] = bytes(8)
        data[at + 148 : at + 156] = b" " * 8
        data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    assert files(walk(bytes(data))) == {"file": b"1"}


def test_checksums_of_signed_characters() -> None:
    data = bytearray(tar({"caf\u00e9": b"1"}, tarfile.GNU_FORMAT))
    data[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in data[:512])
    data[148:156] = b"%06o\0 " % signed
    assert files(walk(bytes(data))) == {"caf\u00e9": b"1"}


def test_global_pax_headers_hold_for_all_that_follow() -> None:
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"path": "same"}
    ) as archive:
        own = tarfile.TarInfo("b")
        own.pax_headers = {"path": "own"}
        for info in (tarfile.TarInfo("a"), own, tarfile.TarInfo("c")):
            archive.addfile(info)
    items = walk(out.getvalue())
    assert [item.path for item in items if hasattr(item, "data")] == ["same", "own", "same"]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_sizes_beyond_octal(form: Form) -> None:
    info = tarfile.TarInfo("huge")
    info.size = 10 << 30
    out = io.BytesIO(info.tobuf(form) + b"first bytes")
    items = walk(out.getvalue(), everything)
    end = len(out.getvalue())
    assert [reason for _, reason in failures(items)] == [
        f"{10 << 30} bytes, more than {512 << 20}",
        f"offset {end}: ends within the content of a member, {(10 << 30) - 11} bytes early",
    ]


def test_star_prefixes() -> None:
    data = bytearray(tar({"x" * 90 + "/" + "y" * 90: b"1"}, tarfile.USTAR_FORMAT))
    data[476:488] = b"00000000000 "
    data[508:512] = b"tar\0"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert files(walk(bytes(data))) == {"x" * 90 + "/" + "y" * 90: b"1"}


def test_an_empty_archive() -> None:
    assert walk(b"") == walk(tar({})) == walk(bytes(512)) == []
