"""Each version scheme is one listed file with a table and a generator."""

from pathlib import Path

import vedette.versions
from tests.versions.generate import GENERATORS
from tests.versions.test_oracles import ORACLES
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES

_FOLDER = Path(vedette.versions.__file__).parent
_TABLES = Path(__file__).parents[1] / "versions" / "tables"


def test_every_file_is_listed() -> None:
    files = {path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_")}
    assert files == set(SCHEMES)


def test_every_scheme_of_the_model_is_there() -> None:
    assert list(SCHEMES) == sorted(SchemeName)
    for name in SchemeName:
        assert SCHEMES[name] is SCHEMES[name.value]
        assert SCHEMES[name].name is name


def test_every_scheme_has_a_table() -> None:
    assert {path.stem for path in _TABLES.iterdir()} == set(SCHEMES)
    for name in SCHEMES:
        facts = (_TABLES / f"{name}.txt").read_text().splitlines()
        assert sum(" < " in fact for fact in facts) >= 5
        assert sum(fact.startswith("! ") for fact in facts) >= 3


def test_every_scheme_has_a_generator() -> None:
    assert set(GENERATORS) == set(SCHEMES)


def test_every_oracle_is_of_a_scheme() -> None:
    assert {scheme for scheme, *_ in ORACLES} <= set(SCHEMES)


def test_every_docstring_names_its_source() -> None:
    for path in _FOLDER.glob("*.py"):
        assert path.read_text().lstrip("r").startswith('"""'), path.name
