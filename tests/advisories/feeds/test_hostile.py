"""Documents that somebody broke: cut off, of wrong types, with huge fields, entities, repetitions and absurd ranges.

Every case's documents are changed in many ways, always the same. Whatever comes of it can be stored, or says what is wrong
and where; the other files of an archive load as before.
"""

import copy
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.advisories.feeds import golden
from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds import nvd
from vedette.advisories.feeds._base import Feed, LocalDocument, Record, RecordFailure
from vedette.advisories.stage import Stage
from vedette.errors import ParseError

_MUTANTS = 40
_HUGE = "9" * 70_000
_ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**400, 1e308, "", " ", "\ud800", "0", "CVE-2024-99999999999999999999"),
    *(
        _HUGE,
        "a" * 300_000,
        "1:2:3-4-5~^+",
        "\u0663.\u0661",
        "<script>",
        "../../x",
        "\0",
        "9999-99-99T99:99:99Z",
    ),
    *([], [None], [[]], {}, {"": ""}, [{"introduced": "9"}, {"fixed": "1"}, {"introduced": None}]),
)
_ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
)


def _json_mutant(data: bytes, chance: random.Random) -> bytes:
    """One value in the document replaced, removed or repeated."""
    try:
        document = json.loads(data)
    except ValueError:
        return _text_mutant(data, chance)
    places = list(_places(document))
    if not places:
        return data
    parent, key = chance.choice(places)
    match chance.randrange(4):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, list):
            parent.extend(copy.deepcopy(parent) for _ in range(2))
        case 2 if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        case _:
            parent[key] = copy.deepcopy(chance.choice(_ODD))
    return json.dumps(document).encode()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node if isinstance(node, list) else ())
    )
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)


def _text_mutant(data: bytes, chance: random.Random) -> bytes:
    """One line removed, repeated, replaced, made huge or moved."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    line = lines[at]
    match chance.randrange(7):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, line)
        case 2:
            lines[at] = line + _HUGE.encode()
        case 3:
            lines[at] = line[::-1]
        case 4:
            cut = chance.randrange(len(line) + 1)
            lines[at] = line[:cut] + b"\xff\0" + line[cut:]
        case 5:
            words = line.split(b'"')
            words[chance.randrange(len(words))] = str(chance.choice(_ODD)).encode(
                "utf-8", "surrogatepass"
            )
            lines[at] = b'"'.join(words)
        case _:
            lines.insert(chance.randrange(len(lines)), lines.pop(at))
    return b"\n".join(lines)


def _mutant(data: bytes, chance: random.Random) -> bytes:
    kinds: list[Callable[[], bytes]] = [
        lambda: data[: chance.randrange(len(data) + 1)],
        lambda: _json_mutant(data, chance),
        lambda: _json_mutant(data, chance),
        lambda: _json_mutant(data, chance),
        lambda: _text_mutant(data, chance),
    ]
    if data.lstrip().startswith(b"<"):
        kinds.append(lambda: _ENTITIES + data.replace(b"<?xml", b"<!--").replace(b"?>", b"-->"))
        kinds.append(lambda: data.replace(b"</", b"&c;</", 1 + chance.randrange(3)))
    return chance.choice(kinds)()


def _read(feed: Feed, document: LocalDocument) -> tuple[list[Record], list[str]]:
    """Records, and what is said to be wrong."""
    records: list[Record] = []
    problems: list[str] = []
    try:
        for result in feed.read(document):
            if isinstance(result, RecordFailure):
                assert result.document == document.name
                problems.append(f"{result.place}: {result.reason}")
            else:
                records.append(result)
    except ParseError as error:
        problems.append(str(error))
    return records, problems


def _id(record: Record) -> str:
    names = ("id", "cve", "product")
    return next(str(getattr(record, name)) for name in names if hasattr(record, name))


_CASES = [pair for pair in golden.cases() if "malformed" not in pair[1].name]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_broken_documents_are_told_and_the_rest_loads(feed: Feed, tmp_path: Path) -> None:
    chance = random.Random(feed.name)
    cases = [case for one, case in _CASES if one is feed]
    for number in range(_MUTANTS):
        case = cases[number % len(cases)]
        source = tmp_path / "source"
        shutil.copytree(case / "input", source)
        files = sorted(path for path in source.rglob("*") if path.is_file())
        broken = chance.choice(files)
        broken.write_bytes(_mutant(broken.read_bytes(), chance))
        mirror = tmp_path / "mirror"
        mirror.mkdir()
        golden.pack(source, mirror)
        with Stage(tmp_path / "stage") as stage:
            for document in golden.documents(feed, mirror):
                records, problems = _read(feed, document)
                stage.read(document.name, feed.read(document))
                if broken.parent.is_relative_to(source / document.name):
                    assert _others(feed, document, broken, source, tmp_path) <= _known(records)
                assert all(problems)
            assert stage.finish().failures >= 0
        for made in (source, mirror):
            shutil.rmtree(made)
        (tmp_path / "stage").unlink()


def _known(records: list[Record]) -> set[str]:
    return {_id(record) for record in records}


def _others(
    feed: Feed, document: LocalDocument, broken: Path, source: Path, folder: Path
) -> set[str]:
    """What the other files of an archive give."""
    without = folder / "without"
    shutil.copytree(source / document.name, without / document.name)
    (without / document.name / broken.relative_to(source / document.name)).unlink()
    packed = folder / "packed"
    packed.mkdir()
    golden.pack(without, packed)
    found = _read(feed, LocalDocument(name=document.name, path=packed / document.name))[0]
    shutil.rmtree(without)
    shutil.rmtree(packed)
    return _known(found)


@pytest.mark.parametrize(
    "configurations", [[{"nodes": [{"operator": "OR", "cpeMatch": "\ud800"}]}], "\ud800"]
)
def test_half_a_character_costs_its_part_alone(tmp_path: Path, configurations: Any) -> None:
    items = [
        {"cve": {"id": "CVE-2024-0001", "configurations": configurations}},
        {"cve": {"id": "CVE-2024-0002", "descriptions": [{"lang": "en", "value": "\ud800"}]}},
        {"cve": {"id": "CVE-2024-0003"}},
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"vulnerabilities": items}))
    document = LocalDocument(name="nvd/a.json", path=path)
    records, problems = _read(nvd.FEED, document)
    assert [_id(one) for one in records] == ["CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003"]
    assert [one.partition(":")[0] for one in problems] == ["vulnerabilities[0]"]
    with Stage(tmp_path / "stage") as stage:  # which cannot keep the second one's text
        stage.read(document.name, nvd.FEED.read(document))
        assert (stage.finish().records, stage.counts.failures) == (3, 2)
