"""Packages of a conda environment: `conda-meta/*.json`, one for each.

conda's conda/models/records.py, `PrefixRecord`; the purl's qualifiers are those of purl-spec's conda definition.
Distributions of Python in the environment have their own metadata besides, and are found by it.
"""

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.declared import Declarer
from vedette.inventory.formats.json_document import decode
from vedette.inventory.formats.words import word
from vedette.inventory.found import Extraction, PackageKind
from vedette.model.package import PackageManager

_ADDRESS = "://"


class _Record(msgspec.Struct, frozen=True):
    name: str
    version: str
    build: str = ""
    channel: str = ""
    subdir: str = ""
    license: str | None = None


_RECORD = msgspec.json.Decoder(_Record)
_package = Declarer(kind=PackageKind.CONDA, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    record = decode(_RECORD, file.data, "a package's record")
    channel = record.channel.rstrip("/")
    if _ADDRESS in channel:  # `https://conda.anaconda.org/conda-forge/linux-64`
        channel = channel.removesuffix(f"/{record.subdir}").rpartition("/")[2]
    stated = (("build", record.build), ("channel", channel), ("subdir", record.subdir))
    qualifiers = tuple((name, word(value, name)) for name, value in stated if value)
    package = _package(
        record.name,
        record.version,
        origin=qualifiers,
        licenses=(record.license,) if record.license else (),
    )
    return Extraction(packages=(package,))


EXTRACTOR = Extractor(
    name="conda_meta",
    version=1,
    title="Packages of conda environments",
    patterns=("**/conda-meta/*.json",),
    limit=16 << 20,
    extract=_extract,
)
