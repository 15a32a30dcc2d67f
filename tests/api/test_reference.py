"""The page about what every operation does."""

import importlib.util
from pathlib import Path

from vedette.api.operations import SERVICES
from vedette.api.service_model import load_service

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_as_the_catalogues_say() -> None:
    path = ROOT / "tools" / "generate_api_reference.py"
    spec = importlib.util.spec_from_file_location("generate_api_reference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.page()
    assert (ROOT / "docs" / "reference" / "api-coverage.md").read_text() == page
    for name in SERVICES:
        for operation in load_service(name).operations:
            assert f"| {operation} |" in page
