"""The extractors: what can be read in a target.

To add one, see docs/how-to/add-an-extractor.md; a conformance test compares this list with the folder.
"""

from vedette.inventory.extractors import (
    apk,
    dpkg,
    dpkg_files,
    dpkg_status_d,
    node,
    os_release,
    python,
    rpm,
    rpm_bdb,
    rpm_ndb,
    yum_repositories,
)
from vedette.inventory.extractors._base import Extractor, Purpose

EXTRACTORS: tuple[Extractor, ...] = (
    apk.EXTRACTOR,
    dpkg.EXTRACTOR,
    dpkg_files.EXTRACTOR,
    dpkg_status_d.EXTRACTOR,
    node.EXTRACTOR,
    os_release.EXTRACTOR,
    python.EXTRACTOR,
    rpm.EXTRACTOR,
    rpm_bdb.EXTRACTOR,
    rpm_ndb.EXTRACTOR,
    yum_repositories.EXTRACTOR,
)
"""Every extractor."""

INSTALLED: tuple[Extractor, ...] = tuple(e for e in EXTRACTORS if e.purpose is Purpose.INSTALLED)
"""For images, root file systems and functions: what is there. A lock file in an image proves no installation."""

DECLARED: tuple[Extractor, ...] = tuple(e for e in EXTRACTORS if e.purpose is Purpose.DECLARED)
"""For source repositories: what their manifests and lock files name."""
