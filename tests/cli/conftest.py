"""Commands run in process, with folders of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vedette.cli.main import run as run_words
from vedette.cli.verbs import cli

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `vedette ARGUMENTS`; the result's exit code is the process's."""
    monkeypatch.setenv("VEDETTE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VEDETTE_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("VEDETTE_DB", "VEDETTE_STORE", "VEDETTE_REGIONS", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def run_main(run: Run, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run it as the installed program does: with the translation of our own errors to exit status 2."""
    del run

    class _Ended:
        def __init__(self, code: object, stderr: str) -> None:
            self.exit_code = code
            self.stderr = stderr

    def invoke(*arguments: object) -> Result:
        try:
            code: object = run_words(list(map(str, arguments)))
        except SystemExit as ended:
            code = ended.code
        return _Ended(code, capsys.readouterr().err)  # type: ignore[return-value]

    return invoke
