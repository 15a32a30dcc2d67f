"""Actions that GitHub workflows and composite actions use.

https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#jobsjob_idstepsuses. A package is the action's
repository at its ref, which may be a tag, a branch or a commit. Actions of the same repository (`./…`) are its own; images
(`docker://…`) are no packages of a workflow.
"""

import re
from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.yaml_blocks import Node, items, mapping, read_yaml, scalar
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_USES = re.compile(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)(?:/[^@\s]*)?@(\S+)")
_NOT_HERE = ("./", "../", "docker://", "$")

_package = Declarer(kind=PackageKind.GITHUB, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    document = read_yaml(file.data)
    if "jobs" not in document and "runs" not in document:
        raise ParseError("neither a workflow nor an action: no jobs and no runs")
    return read_declared(_steps(document), _read)


def _steps(document: Node) -> Iterator[tuple[str, object]]:
    """Every step and every job that is another workflow, by its place."""
    for name, job in mapping(document, "jobs").items():
        if isinstance(job, dict):
            yield f"job {name}"[:200], job
            yield from _of_list(job, f"job {name}"[:200])
    yield from _of_list(mapping(document, "runs"), "runs")


def _of_list(node: Node, place: str) -> Iterator[tuple[str, object]]:
    for number, step in enumerate(items(node, "steps"), 1):
        yield f"{place}: step {number}", step
    if isinstance(node.get("steps"), str) and node.get("steps"):
        yield place, node["steps"]


def _read(step: object) -> FoundPackage | None:
    if not isinstance(step, dict):
        raise ParseError("steps that are not in block style")
    uses = scalar(step, "uses")
    if uses is None or uses.startswith(_NOT_HERE):
        return None
    match = _USES.fullmatch(uses)
    if match is None:
        raise ParseError(f"not OWNER/REPOSITORY@REF: {uses[:80]!r}")
    return _package(match[1], match[2])


EXTRACTOR = Extractor(
    name="github_actions",
    version=1,
    title="GitHub Actions that workflows use",
    patterns=(
        "**/.github/workflows/*.yml",
        "**/.github/workflows/*.yaml",
        "**/action.yml",
        "**/action.yaml",
    ),
    limit=1 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
