"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called from any thread: the stage's name, what is done, and of how many where that is known."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note; must be quick."""
        ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""
