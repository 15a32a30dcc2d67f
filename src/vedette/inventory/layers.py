"""Reading one layer, once: whatever lies below or above it, so that the result can be kept by its content."""

from collections.abc import Callable

import msgspec

from vedette.errors import Error, LimitError, ParseError
from vedette.inventory.cache import LayerCache
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import Extraction, FileResult, LayerResult
from vedette.inventory.index import Index
from vedette.inventory.keys import Edition, Kept
from vedette.inventory.packed import pack_files, pack_paths
from vedette.model.inventory import FileFailure, failure_order
from vedette.sources.tree import File, Hiding, HidingKind, Layer


class LayerReading(msgspec.Struct, frozen=True, kw_only=True):
    """A layer's result, and whether it came from the cache."""

    result: LayerResult
    cached: bool


def read_layer(
    layer: Layer, index: Index, *, edition: Callable[[], Edition], cache: LayerCache | None
) -> LayerReading:
    """Read a layer, from the cache where it has been read before.

    A result is kept only where the source could read everything and no extractor crashed: both may
    be better next time, while a malformed file stays malformed.
    """
    content = layer.content() if cache is not None else None
    if cache is None or content is None:
        return LayerReading(result=_walk(layer, index)[0], cached=False)
    kept = Kept(cache, content, edition())
    known = kept.get()
    if known is not None:
        return LayerReading(result=known, cached=True)
    result, is_lasting = _walk(layer, index)
    if is_lasting and layer.content() == content:  # nobody has written to the file meanwhile
        kept.put(result)
    return LayerReading(result=result, cached=False)


def _walk(layer: Layer, index: Index) -> tuple[LayerResult, bool]:
    files: list[FileResult] = []
    hidings: list[Hiding] = []
    plain: list[str] = []
    failures: list[FileFailure] = []
    is_lasting = True
    try:
        for item in layer.walk(index.wanted, index.peek, index.sieve):
            match item:
                case File():
                    for extractor in index.readers(item):
                        result, failed, crashed = _extract(extractor, item)
                        files.append(result)
                        failures += failed
                        is_lasting = is_lasting and not crashed
                case Hiding(kind=HidingKind.FILE):
                    plain.append(item.path)
                case Hiding():
                    hidings.append(item)
                case FileFailure():
                    failures.append(item)
                    is_lasting = False
    except Error as error:
        failures.append(FileFailure(extractor="source", path="", reason=str(error)))
        is_lasting = False
    layer_result = LayerResult(
        files=tuple(sorted(files, key=lambda f: (f.path, f.extractor))),
        hidings=tuple(sorted(hidings, key=lambda h: (h.path, h.kind))),
        failures=tuple(sorted(failures, key=failure_order)),
        plain=pack_paths(sorted(plain)),
    )
    return layer_result, is_lasting


def _extract(extractor: Extractor, file: File) -> tuple[FileResult, list[FileFailure], bool]:
    extraction = Extraction()
    reasons: list[str] = []
    crashed = False
    try:
        extraction = _call(extractor, file)
        reasons = [f"{fault.place}: {fault.reason}" for fault in extraction.faults]
    except ParseError as error:
        reasons = [str(error)]
    except Exception as error:  # noqa: BLE001 - one plug-in call in the walk: the rest must still be read
        reasons = [f"the extractor crashed: {type(error).__name__}: {error}"]
        crashed = True
    result = FileResult(
        path=file.path,
        extractor=extractor.name,
        packages=extraction.packages,
        listings=tuple(map(pack_files, extraction.owned)),
        distro=extraction.distro,
        repositories=extraction.repositories,
        is_part=bool(file.part),
    )
    failures = [
        FileFailure(extractor=extractor.name, path=file.path, reason=reason) for reason in reasons
    ]
    return result, failures, crashed


def _call(extractor: Extractor, file: File) -> Extraction:
    if len(file.data) > extractor.limit:
        raise LimitError(f"{len(file.data)} bytes, more than {extractor.limit}")
    return extractor.extract(FileInput(path=file.path, data=file.data))
