"""Maven's `pom.xml`: https://maven.apache.org/pom.html.

What the file itself says: its dependencies, with versions from properties, `dependencyManagement` and the parent's coordinates as
far as this file has them. A parent or an imported list that lies elsewhere is not fetched: what only it knows is named
in a fault. Plug-ins of the build and dependencies of profiles are not dependencies of the project.
"""

import re
from collections.abc import Mapping

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared, with_unversioned
from vedette.inventory.formats.xml_document import Element, child, children, read_xml, text_of
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_PROPERTY = re.compile(r"\$\{([^${}]+)\}")
_EXACT = re.compile(r"\[([^,\[\]()]+)\]")
_ROUNDS = 8  # of properties within properties
_LONGEST = 1024

_package = Declarer(kind=PackageKind.MAVEN, manager=PackageManager.POM)


def _extract(file: FileInput) -> Extraction:
    project = read_xml(file.data)
    if project.tag != "project":
        raise ParseError(f"not a project: <{project.tag[:80]}>")
    properties = _properties(project)
    managed = _managed(project, properties)
    unresolved: list[str] = []

    def read(dependency: Element) -> FoundPackage | None:
        name = _name(dependency, properties)
        stated, scope = managed.get(name, ("", ""))
        version = _resolved(text_of(dependency, "version"), properties) or stated
        scope = _resolved(text_of(dependency, "scope"), properties) or scope
        if exact := _EXACT.fullmatch(version):
            version = exact[1].strip()
        if scope == "system":
            return None
        if not version or "${" in version or version[0] in "[(" or "${" in name:
            unresolved.append(name)
            return None
        return _package(name, version, dev=scope == "test")

    dependencies = children(child(project, "dependencies"), "dependency")
    numbered = ((f"dependency {n}", entry) for n, entry in enumerate(dependencies, 1))
    extraction = read_declared(numbered, read)
    return with_unversioned(extraction, unresolved, "the version is not in this file")


def _properties(project: Element) -> dict[str, str]:
    parent = child(project, "parent")
    listed = child(project, "properties")
    own = {entry.tag: entry.text.strip() for entry in listed.children} if listed else {}
    for key in ("groupId", "version"):
        inherited = text_of(parent, key)
        value = text_of(project, key) or inherited
        for prefix in ("project.", "pom.", ""):
            own.setdefault(f"{prefix}{key}", value)
        own.setdefault(f"project.parent.{key}", inherited)
        own.setdefault(f"parent.{key}", inherited)
    own.setdefault("project.artifactId", text_of(project, "artifactId"))
    return {key: value for key, value in own.items() if value}


def _managed(project: Element, properties: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    listed = child(child(project, "dependencyManagement"), "dependencies")
    return {
        _name(entry, properties): (
            _resolved(text_of(entry, "version"), properties),
            _resolved(text_of(entry, "scope"), properties),
        )
        for entry in children(listed, "dependency")
        if text_of(entry, "scope") != "import"
    }


def _name(dependency: Element, properties: Mapping[str, str]) -> str:
    group = _resolved(text_of(dependency, "groupId"), properties)
    artifact = _resolved(text_of(dependency, "artifactId"), properties)
    if not group or not artifact:
        raise ParseError("a dependency without groupId or artifactId")
    return f"{group}:{artifact}"


def _resolved(text: str, properties: Mapping[str, str]) -> str:
    """The text with the properties that are known; what grows over the longest version stays unresolved."""
    for _ in range(_ROUNDS):
        if "${" not in text or len(text) > _LONGEST:
            break
        text = _PROPERTY.sub(lambda match: properties.get(match[1], match[0])[:_LONGEST], text)
    return text[: 2 * _LONGEST]


EXTRACTOR = Extractor(
    name="maven_pom",
    version=1,
    title="Maven projects (pom.xml)",
    patterns=("**/pom.xml",),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
