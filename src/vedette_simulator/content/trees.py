"""Files of installed software, as the package managers leave them."""

from collections.abc import Iterable, Iterator, Sequence

from vedette_simulator.estate.model import ImageLayer, NodePackage, PythonPackage, SoftwarePackage

Files = dict[str, bytes]
"""Path without a leading slash → content."""


def layer_files(layer: ImageLayer) -> Files:
    """Everything that a layer adds, and the whiteouts of what it deletes (OCI image spec, layer.md)."""
    files = {path: text.encode() for path, text in layer.files.items()}
    if layer.dpkg:
        files["var/lib/dpkg/status"] = dpkg_status(layer.dpkg)
    if layer.apk:
        files["lib/apk/db/installed"] = apk_installed(layer.apk)
    files |= python_files(layer.python, layer.python_root)
    files |= node_files(layer.node, layer.node_root)
    for path in layer.delete:
        folder, _, name = path.rpartition("/")
        files[f"{folder}/.wh.{name}" if folder else f".wh.{name}"] = b""
    for path in layer.opaque:
        files[f"{path}/.wh..wh..opq"] = b""
    return files


def dpkg_status(packages: Sequence[SoftwarePackage]) -> bytes:
    """`/var/lib/dpkg/status` (deb-control(5), dpkg's status fields)."""
    return "\n".join(_stanza(package) for package in sorted(packages, key=_name)).encode()


def apk_installed(packages: Sequence[SoftwarePackage]) -> bytes:
    """`/lib/apk/db/installed` (Alpine's apk v2 database)."""
    return "".join(_apk_record(package) for package in sorted(packages, key=_name)).encode()


def python_files(packages: Iterable[PythonPackage], root: str) -> Files:
    """Distributions with their dist-info (PyPA, recording installed projects)."""
    files: Files = {}
    for package in packages:
        module = package.name.lower().replace("-", "_").replace(".", "_")
        info = f"{root}/{package.name.replace('-', '_')}-{package.version}.dist-info".lstrip("/")
        code = f"{root}/{module}/__init__.py".lstrip("/")
        files[code] = f'__version__ = "{package.version}"\n'.encode()
        files[f"{info}/METADATA"] = (
            f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n"
        ).encode()
        files[f"{info}/INSTALLER"] = b"pip\n"
        files[f"{info}/RECORD"] = f"{module}/__init__.py,,\n".encode()
    return files


def node_files(packages: Iterable[NodePackage], root: str) -> Files:
    """`package.json` and an entry file for each package below node_modules."""
    files: Files = {}
    for package in packages:
        folder = f"{root}/{package.name}".lstrip("/")
        files[f"{folder}/package.json"] = (
            f'{{\n  "name": "{package.name}",\n  "version": "{package.version}",\n  "main": "index.js"\n}}\n'
        ).encode()
        files[f"{folder}/index.js"] = b"module.exports = {};\n"
    return files


def _stanza(package: SoftwarePackage) -> str:
    return "".join(f"{line}\n" for line in _stanza_lines(package))


def _stanza_lines(package: SoftwarePackage) -> Iterator[str]:
    yield f"Package: {package.name}"
    yield "Status: install ok installed"
    yield "Priority: optional"
    yield "Section: libs"
    yield f"Maintainer: {package.publisher or 'Debian Maintainers <debian@example.org>'}"
    yield f"Architecture: {package.arch}"
    if package.source and package.source != package.name:
        yield f"Source: {package.source}"
    yield f"Version: {package.version}"
    yield f"Description: {package.summary or package.name}"


def _apk_record(package: SoftwarePackage) -> str:
    lines = [
        f"P:{package.name}",
        f"V:{package.version}",
        f"A:{package.arch}",
        f"T:{package.summary or package.name}",
        f"o:{package.source or package.name}",
        f"m:{package.publisher or 'Alpine Maintainers <alpine@example.org>'}",
    ]
    return "".join(f"{line}\n" for line in lines) + "\n"


def _name(package: SoftwarePackage) -> str:
    return package.name
