"""A sink or report that is not listed, or has no golden case, is a build failure."""

from pathlib import Path

from tests.integrations.samples import CASES, all_cases, golden
from vedette import integrations
from vedette.integrations import REPORTS, SCAN_FORMATS, SINKS

_FOLDER = Path(integrations.__file__).parent
_ACTIONS = {"aws_config", "patch_manager"}
"""What is done on demand; `vedette.app.config_rule` and `vedette.app.patch` call it."""


def _files() -> set[str]:
    files = {path.stem for path in _FOLDER.glob("*.py")}
    packages = {path.parent.name for path in _FOLDER.glob("*/__init__.py")}
    return {name for name in files | packages if not name.startswith("_")}


def test_every_file_is_listed() -> None:
    functions = (
        *(one.send for one in SINKS),
        *(one.write for one in REPORTS),
        *(one.render for one in SCAN_FORMATS),
    )
    modules = {one.__module__.removeprefix("vedette.integrations.") for one in functions}
    assert {name for name in modules if not name.startswith("_")} | _ACTIONS == _files()


def test_names_are_words_of_their_own_and_in_order() -> None:
    for kinds in (SINKS, REPORTS, SCAN_FORMATS):
        names = [one.name for one in kinds]
        assert len(set(names)) == len(names)
        assert all(name == name.lower() for name in names)
    for sorted_kinds in (SINKS, REPORTS):
        assert [one.name for one in sorted_kinds] == sorted(one.name for one in sorted_kinds)


def test_every_one_has_golden_cases_and_every_golden_file_is_one() -> None:
    wanted = {golden(kind, case) for kind, case in all_cases()}
    assert wanted == {path for path in CASES.rglob("*") if path.is_file()}
