import hypothesis.strategies as st
import pytest
from hypothesis import given

from vedette.errors import ConfigError
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import Extraction
from vedette.inventory.index import compile_index


def _nothing(_file: FileInput) -> Extraction:
    return Extraction()


def _extractor(name: str, *patterns: str, limit: int = 10) -> Extractor:
    return Extractor(
        name=name, version=1, title=name, patterns=patterns, limit=limit, extract=_nothing
    )


_FORMS = compile_index(
    (
        _extractor("exact", "etc/thing", "root-file", limit=1),
        _extractor("name", "**/thing", "a/*/package.json", limit=2),
        _extractor("extension", "**/*.egg-info", "only/*.list", limit=3),
        _extractor("folder", "var/status.d/*", limit=4),
    )
)


@pytest.mark.parametrize(
    ("path", "names", "limit"),
    [
        ("etc/thing", ["exact", "name"], 2),
        ("thing", ["name"], 2),
        ("a/b/c/thing", ["name"], 2),
        ("root-file", ["exact"], 1),
        ("a/root-file", [], 0),
        ("etc/thing/x", [], 0),
        ("a/b/package.json", ["name"], 2),
        ("a/package.json", [], 0),
        ("a/b/c/package.json", [], 0),
        ("x.egg-info", ["extension"], 3),
        ("a/b.c.egg-info", ["extension"], 3),
        (".egg-info", ["extension"], 3),
        ("a/egg-info", [], 0),
        ("only/a.list", ["extension"], 3),
        ("only/b/a.list", [], 0),
        ("other/a.list", [], 0),
        ("var/status.d/x", ["folder"], 4),
        ("var/status.d/x.egg-info", ["extension", "folder"], 4),
        ("var/status.d/x/y", [], 0),
        ("var/status.d", [], 0),
        ("a\nb/thing", ["name"], 2),
        ("", [], 0),
    ],
)
def test_path_is_looked_up(path: str, names: list[str], limit: int) -> None:
    assert [extractor.name for extractor in _FORMS.lookup(path)] == names
    assert _FORMS.wanted(path) == limit


@pytest.mark.parametrize("pattern", ["*", "**/*", "a/*/*", "a/b*", "**/*.y*", "**/*."])
def test_pattern_without_a_look_up_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="no look-up for"):
        compile_index((_extractor("bad", pattern),))


@given(
    st.lists(
        st.sampled_from(
            [
                "node_modules",
                "@s",
                "x",
                "package.json",
                "a.dist-info",
                "METADATA",
                "b.egg-info",
                "PKG-INFO",
                "EGG-INFO",
                "var",
                "lib",
                "dpkg",
                "status",
                "status.d",
                "info",
                "c.list",
                "d.py",
                "e.deps.json",
                "f.jar",
                "program",
            ]
        ),
        max_size=6,
    )
)
def test_quick_answer_equals_the_full_one(parts: list[str]) -> None:
    path = "/".join(parts)
    index = compile_index(EXTRACTORS)
    assert index.wanted(path) == max((e.limit for e in index.lookup(path)), default=0)
    folder, _, name = path.rpartition("/")
    if index.wanted(path) or (index.peek and index.peek.may_be(path)):
        assert not index.sieve.passes_over(folder, name)
    one_by_one = [e.name for e in EXTRACTORS if compile_index((e,)).lookup(path)]
    assert sorted(e.name for e in index.lookup(path)) == one_by_one


@pytest.mark.parametrize(
    ("pattern", "path", "is_read"),
    [
        ("**/requirements*.txt", "a/requirements-dev.txt", True),
        ("**/requirements*.txt", "requirements.txt", True),
        ("**/requirements*.txt", "a/dev-requirements.txt", False),
        ("**/*requirements.txt", "a/dev-requirements.txt", True),
        ("**/*.lock.json", "a/packages.lock.json", True),
        ("**/*.lock.json", "a/packages.json", False),
        ("**/p.*.lock.json", "p.linux.lock.json", True),
    ],
)
def test_extension_may_follow_more_than_a_star(pattern: str, path: str, *, is_read: bool) -> None:
    index = compile_index((_extractor("e", pattern),))
    assert bool(index.lookup(path)) is is_read
    assert bool(index.wanted(path)) is is_read


def test_a_walk_passes_over_what_nobody_reads() -> None:
    sieve = compile_index(EXTRACTORS).sieve
    assert sieve.passes_over("usr/lib", "module.py")
    assert not sieve.passes_over("usr/lib", "program")
    assert not sieve.passes_over("a", "package.json")
    assert not compile_index((_extractor("e", "**/x"),)).sieve.passes_over("a", "module.py")
