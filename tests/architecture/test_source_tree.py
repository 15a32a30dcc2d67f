"""The shape of the source tree is a gate."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import vedette

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
_LONGEST = 400
_FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core"}


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_module_is_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= _LONGEST
    assert path.stem not in _FORBIDDEN_NAMES


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_public_names_are_sorted_and_true() -> None:
    assert vedette.__all__ == sorted(vedette.__all__)
    assert all(hasattr(vedette, name) for name in vedette.__all__)


def _modules() -> list[str]:
    names = [module.name for module in pkgutil.walk_packages(vedette.__path__, "vedette.")]
    return sorted(name for name in names if ".migrations" not in name and "__main__" not in name)


@pytest.mark.parametrize("name", _modules())
def test_module_can_be_imported_alone(name: str) -> None:
    importlib.import_module(name)
