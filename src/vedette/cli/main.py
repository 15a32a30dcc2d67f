"""The `vedette` command's beginning and end: starting is most of what a small target costs.

What is asked for most is answered before click is loaded, and nothing is imported here that not everything needs.
"""

import gc
import os
import sys

import vedette

_UNUSABLE = 2
_OBJECTS = 50_000


def main() -> None:
    """The program. It ends at once: to free every object first takes 10 ms, and the system takes the memory anyway."""
    # an inventory is tens of thousands of values without cycles, which the collector would look through again and again
    gc.set_threshold(_OBJECTS, 20, 20)
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # whoever reads has enough
        status = 1
    os._exit(status)


def run(words: list[str]) -> int:
    """Do what the words say; every failure of ours is one line on standard error and exit status 2."""
    if words == ["--version"]:
        sys.stdout.write(f"vedette {vedette.__version__}\n")
        return 0
    _load_msgspec()
    from vedette.errors import Error  # noqa: PLC0415 - see above

    try:
        return _run(words)
    except Error as error:
        sys.stderr.write(f"vedette: {error}\n")
        return _UNUSABLE


def _run(words: list[str]) -> int:
    if words[:1] == ["sbom"]:
        from vedette.cli.commands.write_sbom import plain_sbom  # noqa: PLC0415 - see above

        status = plain_sbom(words[1:])
        if status is not None:
            return status
    if words[:1] == ["scan"]:
        from vedette.cli.commands.write_scan import plain_scan  # noqa: PLC0415 - see above

        status = plain_scan(words[1:])
        if status is not None:
            return status
    from vedette.cli.verbs import cli  # noqa: PLC0415 - see above

    cli(words)
    return 0


def _load_msgspec() -> None:
    """Import it without typing_extensions, which it looks for first and does as well without, and which takes 10 ms."""
    name = "typing_extensions"
    if name in sys.modules or "msgspec" in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the import system's word for "there is none"
    try:
        import msgspec  # noqa: F401, PLC0415 - only loaded here
    finally:
        del sys.modules[name]
