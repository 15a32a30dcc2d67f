"""What the two streams are, and whether colours are wanted (https://no-color.org)."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TextIO

from vedette.app.progress import Progress, silent


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Colours only on a terminal, and never where NO_COLOR is set to anything."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class _Bars(AbstractContextManager[Progress]):
    """A bar per stage on standard error."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - 60 ms that only a terminal pays
        from rich.progress import (  # noqa: PLC0415 - as above
            BarColumn,
            MofNCompleteColumn,
            Progress as Bars,
            TextColumn,
            TimeElapsedColumn,
        )

        self._bars = Bars(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._stages: dict[str, int] = {}

    def __enter__(self) -> Progress:
        self._bars.start()
        return self.note

    def note(self, stage: str, done: int, total: int | None) -> None:
        if stage not in self._stages:
            self._stages[stage] = int(self._bars.add_task(stage, total=total))
        from rich.progress import TaskID  # noqa: PLC0415 - loaded above

        self._bars.update(TaskID(self._stages[stage]), completed=done, total=total)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del kind, error, traceback
        self._bars.stop()


def progress_bars(*, quiet: bool = False) -> AbstractContextManager[Progress]:
    """Bars on standard error where that is a terminal; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        return nullcontext(silent)
    return _Bars()


def note(text: str) -> None:
    """A remark for people, on standard error."""
    sys.stderr.write(f"{text}\n")
