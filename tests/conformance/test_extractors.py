"""An extractor that is not listed, has no case or is not in the reference is a build failure."""

from pathlib import Path

import msgspec
import pytest

import vedette.inventory.extractors as catalogue
from tests.inventory.golden import CASES, cases, is_malformed, outcome
from tools.generate_catalogue import pages
from tools.generate_reference import ROOT, extractors, stale
from vedette.errors import ParseError
from vedette.inventory.catalogue.declared import DECLARED
from vedette.inventory.catalogue.declared_records import DECLARED_RECORDS
from vedette.inventory.catalogue.installed import INSTALLED
from vedette.inventory.catalogue.installed_records import INSTALLED_RECORDS
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.index import compile_index

_FOLDER = Path(catalogue.__file__).parent
_each = pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda extractor: extractor.name)


def test_every_file_is_listed_once_and_in_order() -> None:
    files = sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))
    assert [extractor.name for extractor in EXTRACTORS] == files


def test_every_case_folder_is_of_an_extractor() -> None:
    assert {path.name for path in CASES.iterdir()} == {extractor.name for extractor in EXTRACTORS}


@_each
def test_extractor_has_a_good_and_a_malformed_case(extractor: Extractor) -> None:
    found = [(case.name, outcome(extractor, case)) for case in cases(extractor)]
    assert all(outcomes for _, outcomes in found), "a case that the extractor reads nothing of"
    good = [name for name, outcomes in found if not is_malformed(outcomes)]
    malformed = [name for name, outcomes in found if is_malformed(outcomes)]
    assert good
    assert malformed
    assert all(name.startswith(("malformed", "unfinished")) for name in malformed)


@_each
def test_extractor_says_what_it_is(extractor: Extractor) -> None:
    assert extractor.version >= 1
    assert extractor.title
    assert 0 < extractor.limit <= 1 << 28
    assert all(compile_index((extractor,)).lookup(p) for p in extractor.patterns if "*" not in p)


@_each
def test_empty_file_is_nothing_or_a_parse_error(extractor: Extractor) -> None:
    for case in cases(extractor):
        for path in outcome(extractor, case):
            try:
                extraction = extractor.extract(FileInput(path=path, data=b""))
            except ParseError:
                continue
            assert extraction.packages == ()


def test_reference_is_as_it_would_be_written(tmp_path: Path) -> None:
    assert stale() == []
    assert "docs/reference/extractors.md" in stale(tmp_path)
    assert (ROOT / "docs/reference/extractors.md").read_text() == extractors()


def test_lists_are_by_purpose_and_in_order() -> None:
    purposes = {Purpose.INSTALLED: INSTALLED, Purpose.DECLARED: DECLARED}
    for purpose, listed in purposes.items():
        assert listed == tuple(one for one in EXTRACTORS if one.purpose is purpose)


def test_records_are_the_extractors_without_their_modules() -> None:
    for records, listed in ((INSTALLED_RECORDS, INSTALLED), (DECLARED_RECORDS, DECLARED)):
        same = [
            msgspec.structs.replace(record, extract=extractor.extract)
            for record, extractor in zip(records, listed, strict=True)
        ]
        assert same == list(listed), "run tools/generate_catalogue.py"


def test_records_are_as_they_would_be_written() -> None:
    assert all(path.read_text() == text for path, text in pages().items())


@_each
def test_a_record_reads_what_its_extractor_reads(extractor: Extractor) -> None:
    (record,) = (
        one for one in (*INSTALLED_RECORDS, *DECLARED_RECORDS) if one.name == extractor.name
    )
    case = cases(extractor)[0]
    assert outcome(record, case) == outcome(extractor, case)
