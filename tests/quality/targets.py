"""Targets in memory in which packages are listed twice, hidden, renamed or carried by others."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping

from tests.inventory.rpmdb import header
from tests.inventory.rpmdb_old import ndb
from tests.simulators.tree import layer_of, opaque, tree, whiteout
from vedette.sources.tree import FileTree

_DPKG = "var/lib/dpkg/status"
_SITE = "usr/local/lib/python3.11/site-packages"
_DEBIAN = {"etc/os-release": b"ID=debian\nVERSION_ID=12\n"}


def _deb(*packages: tuple[str, str]) -> dict[str, bytes]:
    stanza = "Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n\n"
    return {_DPKG: "".join(stanza.format(*one) for one in packages).encode()}


def _python(name: str, version: str, folder: str = _SITE) -> dict[str, bytes]:
    info = f"{folder}/{name}-{version}.dist-info"
    return {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/RECORD": f"{name}/__init__.py,,\n".encode(),
    }


def _egg(name: str, version: str, folder: str = _SITE) -> dict[str, bytes]:
    path = f"{folder}/{name}-{version}.egg-info/PKG-INFO"
    return {path: f"Metadata-Version: 1.1\nName: {name}\nVersion: {version}\n".encode()}


def _node(name: str, version: str, folder: str) -> dict[str, bytes]:
    document = json.dumps({"name": name, "version": version}).encode()
    return {f"{folder}/node_modules/{name}/package.json": document}


def _pom(group: str, artifact: str, version: str) -> dict[str, bytes]:
    text = f"groupId={group}\nartifactId={artifact}\nversion={version}\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text.encode()}


def _jar(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


_LOG4J = _pom("org.apache.logging.log4j", "log4j-core", "2.14.1")
_YAML = _pom("org.yaml", "snakeyaml", "1.33")
_APP = _pom("com.example", "app", "1.0")


def _twice() -> FileTree:
    return tree(
        {
            **_DEBIAN,
            **_python("requests", "2.19.1"),
            "srv/app/requirements.txt": b"requests==2.19.1\n",
            **_egg("Jinja2", "2.10"),
            **_python("jinja2", "2.10"),
            **_python("certifi", "2022.12.7"),
            **_python("certifi", "2022.12.7", "opt/venv/lib/python3.11/site-packages"),
            **_node("lodash", "4.17.15", "srv/web"),
            **_node("lodash", "4.17.21", "srv/web/node_modules/other"),
        }
    )


def _jars() -> FileTree:
    shaded = {**_APP, **_LOG4J, **_pom("org.yaml", "snakeyaml", "2.0")}
    nested = {**_APP, "BOOT-INF/lib/snakeyaml-1.33.jar": _jar(_YAML)}
    two = {
        **_APP,
        **_pom("com.google.guava", "guava", "31.1-jre"),
        "lib/guava.jar": _jar(_pom("com.google.guava", "guava", "32.0.0-jre")),
    }
    return tree(
        {
            **_DEBIAN,
            "opt/shaded.jar": _jar(shaded),
            "opt/nested.war": _jar({"WEB-INF/lib/app.jar": _jar(nested)}),
            "opt/two.jar": _jar(two),
            "opt/plain-1.0.jar": _jar({"META-INF/MANIFEST.MF": b"Implementation-Title: plain\n"}),
        }
    )


def _hidden() -> FileTree:
    below = {
        **_DEBIAN,
        **_deb(
            ("curl", "7.88.1-10+deb12u1"), ("bash", "5.2.15-2"), ("openssl", "3.0.11-1~deb12u1")
        ),
        **_python("requests", "2.19.1"),
        **_python("certifi", "2022.12.7"),
        **_node("lodash", "4.17.15", "srv/web"),
        **_node("minimist", "1.2.5", "srv/web"),
    }
    above = layer_of(
        {
            **_deb(("curl", "7.88.1-10+deb12u4"), ("openssl", "3.0.11-1~deb12u1")),
            **_python("requests", "2.20.0"),
        },
        hidings=[
            whiteout(f"{_SITE}/requests-2.19.1.dist-info"),
            whiteout(f"{_SITE}/certifi-2022.12.7.dist-info/METADATA"),
            opaque("srv/web/node_modules/lodash"),
        ],
    )
    return tree(below, above)


def _without_database() -> FileTree:
    """An image whose last layer removed the package database."""
    below = {**_DEBIAN, **_deb(("curl", "7.88.1-10+deb12u1"))}
    return tree(below, layer_of({}, hidings=[whiteout(_DPKG)]))


def _rpms() -> dict[str, bytes]:
    packages = (("glibc", "2.34", "52.amzn2023.0.3"), ("curl-minimal", "8.3.0", "1.amzn2023.0.2"))
    return {
        "usr/lib/sysimage/rpm/Packages.db": ndb(
            [
                header(name=name, version=version, release=release, arch="x86_64")
                for name, version, release in packages
            ]
        )
    }


def _al2023(version_id: str) -> Callable[[], FileTree]:
    release = f'NAME="Amazon Linux"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="{version_id}"\n'
    return lambda: tree({"etc/os-release": release.encode(), **_rpms()})


def _al2023_minimal() -> FileTree:
    return tree({"etc/system-release": b"Amazon Linux release 2023 (Amazon Linux)\n", **_rpms()})


def _of_the_system() -> FileTree:
    """Debian's copy of a Python package beside one that pip put there."""
    folder = "usr/lib/python3/dist-packages"
    name, version = "urllib3", "1.26.12"
    files = _python(name, version, folder)
    listed = "".join(f"/{path}\n" for path in sorted(files))
    return tree(
        {
            **_DEBIAN,
            **_deb(("python3-urllib3", "1.26.12-1+deb12u1")),
            "var/lib/dpkg/info/python3-urllib3.list": listed.encode(),
            **files,
            **_python(name, "1.26.16"),
        }
    )


TARGETS: Mapping[str, Callable[[], FileTree]] = {
    "al2023": _al2023("2023"),
    "al2023-dated": _al2023("2023.6.20241010"),
    "al2023-minimal": _al2023_minimal,
    "hidden": _hidden,
    "jars": _jars,
    "of-the-system": _of_the_system,
    "twice": _twice,
    "without-database": _without_database,
}
