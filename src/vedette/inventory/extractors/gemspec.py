"""Installed Ruby gems: `specifications/*.gemspec`, as RubyGems writes it (Gem::Specification#to_ruby).

The file is Ruby, of which only the form that RubyGems itself writes is read: a comment `# stub: NAME VERSION PLATFORM PATHS`,
and assignments of literals. What a program computes (`Rake::VERSION`) is not known. Gems of the standard library
are below `default`.
"""

import re

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.declared import Declarer, text_of
from vedette.inventory.found import Extraction, PackageKind
from vedette.model.package import PackageManager

_LITERAL = r"""(?:"([^"\\\n]*)"|'([^'\\\n]*)'|%q<([^>\n]*)>)(?:\.freeze)?"""
_STUB = re.compile(r"^#[ \t]*stub:[ \t]*(\S+)[ \t]+(\S+)", re.MULTILINE)
_NAME = re.compile(rf"^[ \t]*\w+\.name[ \t]*=[ \t]*{_LITERAL}", re.MULTILINE)
_VERSION = re.compile(
    rf"^[ \t]*\w+\.version[ \t]*=[ \t]*(?:Gem::Version\.new\()?{_LITERAL}", re.MULTILINE
)
_LICENSES = re.compile(r"^[ \t]*\w+\.licenses?[ \t]*=[ \t]*(\S[^\n]*)", re.MULTILINE)
_WORDS = re.compile(_LITERAL)
_package = Declarer(kind=PackageKind.GEM, manager=PackageManager.GEMSPEC)


def _extract(file: FileInput) -> Extraction:
    text = text_of(file.data)
    name, version = _literal(_NAME, text), _literal(_VERSION, text)
    stub = _STUB.search(text)
    if stub:
        name, version = name or stub[1], version or stub[2]
    if not name or not version:
        raise ParseError("no name or no version that is written out")
    licenses = _LICENSES.search(text)
    names = map(_chosen, _WORDS.finditer(licenses[1])) if licenses else ()
    return Extraction(packages=(_package(name, version, licenses=names),))


def _literal(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return _chosen(match) if match else ""


def _chosen(match: re.Match[str]) -> str:
    """The one of the three forms of a literal that is there."""
    return next((group for group in match.groups() if group is not None), "")


EXTRACTOR = Extractor(
    name="gemspec",
    version=1,
    title="Installed Ruby gems",
    patterns=("**/specifications/*.gemspec", "**/specifications/default/*.gemspec"),
    limit=4 << 20,
    extract=_extract,
)
