"""go.sum beside go.mod."""

from tests.simulators.tree import SimulatedLayer
from vedette.inventory.catalogue.declared import DECLARED
from vedette.inventory.collect import collect
from vedette.model.inventory import FileFailure
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.tree import FileTree

_REF = ResourceRef(type=ResourceType.LOCAL, id="repository")
_HASHES = {name: f"h1:{name * 43}=" for name in "abcdefgh"}
_SUMS = f"""example.com/one v1.0.0 {_HASHES["a"]}
example.com/one v1.0.0/go.mod {_HASHES["b"]}
example.com/one v0.9.0 {_HASHES["c"]}
example.com/far v1.2.0 {_HASHES["d"]}
example.com/far v1.10.0 {_HASHES["e"]}
example.com/far v1.11.0/go.mod {_HASHES["f"]}
"""


def _seen(**files: str) -> tuple[list[tuple[str, list[str], tuple[str, ...]]], list[FileFailure]]:
    layer = SimulatedLayer(
        {path.replace("__", "/").replace("_", "."): text.encode() for path, text in files.items()}
    )
    found = collect(FileTree(layers=(layer,), name="repository"), DECLARED, resource=_REF)
    packages = [
        (str(p.purl), [location.path for location in p.locations], p.checksums)
        for p in found.packages
    ]
    return packages, list(found.failures)


def test_modules_that_are_chosen_have_their_hash_and_others_are_left_out() -> None:
    chosen = "module m\ngo 1.21\nrequire example.com/one v1.0.0\nrequire example.com/new v1.0.0\n"
    assert _seen(go_mod=chosen, go_sum=_SUMS) == (
        [
            ("pkg:golang/example.com/new@v1.0.0", ["go.mod"], ()),
            ("pkg:golang/example.com/one@v1.0.0", ["go.mod", "go.sum"], (_HASHES["a"],)),
        ],
        [],
    )


def test_before_go_1_17_the_rest_is_the_highest_version_that_there_is_content_of() -> None:
    old = "module m\ngo 1.16\nrequire example.com/one v1.0.0\n"
    assert _seen(go_mod=old, go_sum=_SUMS) == (
        [
            ("pkg:golang/example.com/far@v1.10.0", ["go.sum"], (_HASHES["e"],)),
            ("pkg:golang/example.com/one@v1.0.0", ["go.mod", "go.sum"], (_HASHES["a"],)),
        ],
        [],
    )


def test_without_a_whole_go_sum_an_old_go_mod_is_not_whole() -> None:
    old = "module m\ngo 1.16\nrequire example.com/one v1.0.0\n"
    for more in ({}, {"go_sum": _SUMS + "odd\n"}, {"other__go_sum": _SUMS}):
        packages, failures = _seen(go_mod=old, **more)
        assert "pkg:golang/example.com/one@v1.0.0" in {purl for purl, _, _ in packages}
        assert [f.path for f in failures if f.extractor == "go_mod"] == ["go.mod"]


def test_a_go_sum_alone_chooses_nothing() -> None:
    assert _seen(go_sum=_SUMS) == ([], [])
    assert _seen(a__go_mod="module m\ngo 1.21\n", b__go_sum=_SUMS) == ([], [])


def test_versions_that_have_no_order_are_both_told() -> None:
    old = "module m\ngo 1.16\n"
    sums = f"example.com/x one {_HASHES['a']}\nexample.com/x v1.0.0 {_HASHES['b']}\n"
    packages, _ = _seen(go_mod=old, go_sum=sums)
    assert [purl for purl, _, _ in packages] == [
        "pkg:golang/example.com/x@one",
        "pkg:golang/example.com/x@v1.0.0",
    ]
