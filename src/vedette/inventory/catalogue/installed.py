"""The extractors for images, root file systems and functions.

To add one, see docs/how-to/add-an-extractor.md; a conformance test compares the lists with the folder.
"""

from vedette.inventory.extractors import (
    apk,
    bitnami_spdx,
    bottlerocket,
    composer_installed,
    conda_meta,
    dotnet_deps,
    dpkg,
    dpkg_files,
    dpkg_status_d,
    gemspec,
    go_binary,
    java_archive,
    node,
    opkg,
    os_release,
    python,
    r_package,
    rpm,
    rpm_bdb,
    rpm_ndb,
    rust_binary,
    yum_repositories,
)
from vedette.inventory.extractors._base import Extractor

INSTALLED: tuple[Extractor, ...] = (
    apk.EXTRACTOR,
    bitnami_spdx.EXTRACTOR,
    bottlerocket.EXTRACTOR,
    composer_installed.EXTRACTOR,
    conda_meta.EXTRACTOR,
    dotnet_deps.EXTRACTOR,
    dpkg.EXTRACTOR,
    dpkg_files.EXTRACTOR,
    dpkg_status_d.EXTRACTOR,
    gemspec.EXTRACTOR,
    go_binary.EXTRACTOR,
    java_archive.EXTRACTOR,
    node.EXTRACTOR,
    opkg.EXTRACTOR,
    os_release.EXTRACTOR,
    python.EXTRACTOR,
    r_package.EXTRACTOR,
    rpm.EXTRACTOR,
    rpm_bdb.EXTRACTOR,
    rpm_ndb.EXTRACTOR,
    rust_binary.EXTRACTOR,
    yum_repositories.EXTRACTOR,
)
"""What is there. A lock file in an image proves no installation (ADR 38)."""
