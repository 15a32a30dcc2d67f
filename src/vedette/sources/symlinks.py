"""The symbolic links of one archive, followed by name alone."""

from vedette.errors import LimitError
from vedette.sources.limits import Limits


class Symlinks:
    """Targets by path. Following them all takes bounded time, whatever they look like."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.links
        self._steps = limits.entries
        self._targets: dict[str, str] = {}

    def put(self, path: str, target: str) -> None:
        """Note where a link leads."""
        self._targets[path] = target

    def followed(self, path: str) -> str:
        """The path that is meant in the end, with the archive's root as `/`.

        Raises:
            LimitError: there are too many links on the way, perhaps in a circle.
        """
        waiting = path.split("/")[::-1]
        done: list[str] = []
        links = 0
        while waiting:
            self._steps -= 1
            if self._steps < 0:
                raise LimitError("too many links over too many folders")
            part = waiting.pop()
            if part in {"", ".", ".."}:
                del done[-1 if part == ".." else len(done) :]
                continue
            done.append(part)
            target = self._targets.get("/".join(done))
            if target is None:
                continue
            links += 1
            if links > self._most:
                raise LimitError(f"over {self._most} links in a row, perhaps in a circle")
            waiting.extend(target.split("/")[::-1])
            done = [] if target[:1] == "/" else done[:-1]
        return "/".join(done)
