"""Which packages are the kernel's code, and which of them runs.

A kernel's source package also builds headers, documentation and tools. A flaw of the kernel's code is in its images and
modules only: see docs/adr/0070-what-counts-as-the-kernel.md.
"""

import re
from collections.abc import Iterable

from vedette.model.package import Package, SchemeName, SourcePackage

_DEBIAN_SIGNED = re.compile(r"linux-signed(?P<stream>-[0-9][0-9.]*)?-(?:amd64|arm64|i386)")
_UBUNTU_SIGNED = re.compile(r"linux-signed(?P<flavour>-[a-z0-9.-]+)?")
_DEB_STREAM = re.compile(r"linux(?:-[0-9][0-9.]*)?")
_DEB_CODE = re.compile(r"linux-(?:image|modules)-(?:unsigned-|extra-)?(?P<release>[0-9].*)")
_DEB_NO_CODE = re.compile(
    r"linux-(?:headers|tools|cloud-tools|doc|source|buildinfo|libc-dev|kbuild|config|support|perf|"
    r"compiler|bootwrapper|lib-rust|[a-z0-9.-]+-(?:headers|tools|cloud-tools))(?:-.*)?"
)
_RPM_CODE = re.compile(
    r"kernel(?:[0-9]+\.[0-9]+)?(?:-(?:uek|rt|debug|64k|lt|ml))?"
    r"(?:-(?:core|modules|modules-core|modules-extra|modules-extra-common))?"
)
_RPM_NO_CODE = re.compile(
    r"kernel(?:[0-9]+\.[0-9]+)?(?:-[a-z0-9]+)*-(?:headers|devel|doc|debuginfo|rpm-macros)(?:-.*)?"
)


def unsigned(source: SourcePackage) -> SourcePackage:
    """The source that advisories name, where this one is a signed copy of a kernel.

    Debian builds `linux-signed-amd64 6.1.76+1` from `linux 6.1.76-1`, Ubuntu `linux-signed-aws` from `linux-aws` with the
    same version.
    """
    found = _DEBIAN_SIGNED.fullmatch(source.name)
    if found:
        head, plus, revision = source.version.rpartition("+")
        version = f"{head}-{revision}" if plus else source.version
        return SourcePackage(name="linux" + (found["stream"] or ""), version=version)
    found = _UBUNTU_SIGNED.fullmatch(source.name)
    if found:
        return SourcePackage(name="linux" + (found["flavour"] or ""), version=source.version)
    return source


def without_kernel_code(package: Package) -> bool:
    """Whether it comes from a kernel's source and holds none of the kernel's code."""
    if package.scheme is SchemeName.RPM:
        return _RPM_NO_CODE.fullmatch(package.name) is not None
    source = unsigned(package.source).name if package.source else package.name
    if source != "linux" and not source.startswith("linux-"):
        return False
    if _DEB_CODE.fullmatch(package.name):
        return False
    return bool(_DEB_STREAM.fullmatch(source) or _DEB_NO_CODE.fullmatch(package.name))


def kernel_release(package: Package) -> str | None:
    """What `uname -r` says while this package's kernel runs; None where it is no kernel."""
    if package.scheme is SchemeName.DEB:
        found = _DEB_CODE.fullmatch(package.name)
        return found["release"] if found else None
    if package.scheme is SchemeName.RPM and _RPM_CODE.fullmatch(package.name):
        return f"{package.version.rpartition(':')[2]}.{package.arch}"
    return None


def confirmed_release(packages: Iterable[Package], release: str | None) -> str | None:
    """The running kernel's release where a package bears it out, else None: nothing is known."""
    if release is None:
        return None
    return release if any(kernel_release(package) == release for package in packages) else None


def kernel_exemption(package: Package, running: str | None) -> str | None:
    """Why the kernel's advisories do not judge this package; None where they do.

    Args:
        package: any package of a distribution.
        running: the running kernel's release, as `confirmed_release` gives it.
    """
    if without_kernel_code(package):
        return "built from the kernel's source, but without code of the kernel"
    release = kernel_release(package)
    if running is not None and release is not None and release != running:
        return f"a kernel that does not run: {running} does"
    return None
