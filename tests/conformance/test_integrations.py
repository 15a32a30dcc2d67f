"""A sink or report that is not listed, or has no golden case, is a build failure."""

from pathlib import Path

from tests.integrations.samples import CASES, all_cases, golden
from vedette import integrations
from vedette.integrations import REPORTS, SINKS

_FOLDER = Path(integrations.__file__).parent
_ACTIONS = {"patch_manager"}
"""What is done on demand; `vedette.app.patch` calls it."""
_TRANSLATIONS = {"inspector_finding"}


def _files() -> set[str]:
    return {path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_")}


def test_every_file_is_listed() -> None:
    modules = {one.send.__module__.rpartition(".")[2] for one in SINKS} | {
        one.render.__module__.rpartition(".")[2] for one in REPORTS
    }
    assert modules | _ACTIONS | _TRANSLATIONS == _files()


def test_names_are_words_of_their_own_and_in_order() -> None:
    for kinds in (SINKS, REPORTS):
        names = [one.name for one in kinds]
        assert len(set(names)) == len(names)
        assert all(name == name.lower() for name in names)
    assert [one.name for one in SINKS] == sorted(one.name for one in SINKS)


def test_every_one_has_golden_cases_and_every_golden_file_is_one() -> None:
    wanted = {golden(kind, case) for kind, case in all_cases()}
    assert wanted == {path for path in CASES.rglob("*") if path.is_file()}
