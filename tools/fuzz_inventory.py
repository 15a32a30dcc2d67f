"""Feeds damaged targets to the inventory for a while: `python -m tools.fuzz_inventory [--seconds N] [--seed N]`.

Every golden file of every extractor, and archives made of them, are cut, flipped, repeated and joined at random. An extractor may
raise `ParseError`, opening a target `SourceError`, a walk nothing; each case has a bound of time, all of them one of memory. What
breaks this is kept in a file and ends the run with status 1. The seed is printed: the same one gives the same cases.
"""

import argparse
import io
import random
import resource
import signal
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType

from tests.inventory.golden import cases, files, reads
from tests.sources.build import ImageBuilder, gz
from vedette.errors import ParseError, SourceError
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.collect import collect
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.archive import open_lambda
from vedette.sources.image import open_image

_CASE_SECONDS = 20
_MEMORY = 4 << 30
_REF = ResourceRef(type=ResourceType.LOCAL, id="fuzz")

Use = Callable[[bytes], None]
Feed = Callable[[random.Random], tuple[bytes, Use]]
"""Chooses a good input, and what is done with it once it is damaged."""


def main() -> int:
    """Run; 1 where something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGALRM, _late)
    done = fuzz(random.Random(seed), options.seconds)  # noqa: S311 - chance is all that is asked of it
    print(f"{done} cases")
    return 0 if done else 1


def fuzz(chance: random.Random, seconds: float) -> int:
    """Try cases for so many seconds; how many there were, 0 where one broke."""
    feeds = _feeds()
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data, use = chance.choice(feeds)(chance)
        for _ in range(chance.choice((1, 1, 2, 5))):
            data = _damaged(data, chance)
        signal.alarm(_CASE_SECONDS)
        try:
            use(data)
        except (Exception, MemoryError) as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            _keep(data, error)
            return 0
        finally:
            signal.alarm(0)
        done += 1
    return done


def _late(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"over {_CASE_SECONDS} seconds")


def _keep(data: bytes, error: BaseException) -> None:
    with tempfile.NamedTemporaryFile(prefix="vedette-fuzz-", delete=False) as kept:
        kept.write(data)
    print(f"{type(error).__name__}: {error}; the input is in {kept.name}")


def _feeds() -> Sequence[Feed]:
    return _extract, _extract, _extract, _image, _layer, _code


@cache
def _known() -> tuple[tuple[Extractor, str, bytes], ...]:
    return tuple(
        (extractor, path, data)
        for extractor in EXTRACTORS
        for case in cases(extractor)
        for path, data in files(case).items()
        if reads(extractor, path)
    )


def _some(chance: random.Random) -> dict[str, bytes]:
    chosen = chance.sample(_known(), 8)
    return {path: data for extractor, path, data in chosen if not extractor.part}


def _extract(chance: random.Random) -> tuple[bytes, Use]:
    extractor, path, good = chance.choice(_known())

    def use(data: bytes) -> None:
        with suppress(ParseError):
            extractor.extract(FileInput(path=path, data=data))

    return good, use


def _image(chance: random.Random) -> tuple[bytes, Use]:
    return _archived([_tar(_some(chance)) for _ in range(2)]), _walk_image


def _layer(chance: random.Random) -> tuple[bytes, Use]:
    return _tar(_some(chance)), lambda data: _walk_image(_archived([data]))


def _code(chance: random.Random) -> tuple[bytes, Use]:
    return _zip(_some(chance)), _walk_zip


def _archived(layers: list[bytes]) -> bytes:
    builder = ImageBuilder()
    return _tar(builder.layout(builder.image(layers)))


def _walk_image(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        file.write(data)
        file.flush()
        try:
            tree = open_image(Path(file.name))
        except SourceError:
            return
        collect(tree, resource=_REF, workers=1)


def _walk_zip(data: bytes) -> None:
    try:
        tree = open_lambda(data)
    except SourceError:
        return
    collect(tree, resource=_REF, workers=1)


def _tar(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _zip(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return out.getvalue()


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut, flipped, repeated, left out, overwritten or compressed."""
    at, other = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    word = chance.choice(_TELLING)
    made = (
        lambda: data[:at],
        lambda: data[:at] + data[other:],
        lambda: data[:other] + data[at:],
        lambda: data[:at] + word + data[at:],
        lambda: data[:at] + word + data[at + len(word) :],
        lambda: gz(data),
        lambda: _flipped(data, chance),
        lambda: _flipped(data, chance),
    )
    return chance.choice(made)()


def _flipped(data: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(data or b"?")
    for _ in range(chance.choice((1, 1, 3, 20))):
        place = chance.randrange(len(flipped) * 8)
        flipped[place // 8] ^= 1 << place % 8
    return bytes(flipped)


_TELLING = (
    b"\0" * 512,
    b"\xff" * 8,
    b"\x7f\xff\xff\xff",
    b"\0\0\0\0",
    b"9" * 400,
    b"[" * 5000,
    b"{" * 5000,
    b'"',
    b"\n",
    b"../../",
    b"\xc3\x28",
    b"%s%n",
    b"-1",
    b"1e999",
)


if __name__ == "__main__":
    sys.exit(main())
