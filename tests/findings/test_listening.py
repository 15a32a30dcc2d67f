"""Who answers at an exposed port: sockets are certain, packages are likely, and a library in a language is no server."""

import pytest

from vedette.findings.listening import Listener, answers, listening
from vedette.findings.servers import SERVERS
from vedette.model.listening import Socket
from vedette.model.network import Exposure, PortRange, Transport
from vedette.model.package import Package, PackageManager, SchemeName, SourcePackage
from vedette.model.purl import Purl


def package(
    name: str, *, source: str | None = None, manager: PackageManager = PackageManager.OS
) -> Package:
    return Package(
        purl=Purl(f"pkg:deb/debian/{name}@1"),
        ecosystem="Debian:12",
        name=name,
        version="1",
        scheme=SchemeName.DEB,
        manager=manager,
        source=None if source is None else SourcePackage(name=source, version="1"),
    )


def exposure(first: int, last: int | None = None, transport: Transport = Transport.TCP) -> Exposure:
    return Exposure(
        edge="internet-v4",
        resource="i-1",
        transport=transport,
        ports=PortRange(begin=first, end=first if last is None else last),
        sources=("0.0.0.0/0",),
        return_path=True,
        path=(),
    )


SSH = package("openssh-server", source="openssh")
CLIENT = package("openssh-client", source="openssh")


@pytest.mark.parametrize(
    ("name", "port", "transport", "answers_there"),
    [
        ("openssh-server", 22, Transport.TCP, True),
        ("openssh-server", 2222, Transport.TCP, False),
        ("openssh-server", 22, Transport.UDP, False),
        ("openssh-client", 22, Transport.TCP, False),
        ("nginx", 443, Transport.TCP, True),
        ("httpd", 80, Transport.TCP, True),
        ("postgresql-15", 5432, Transport.TCP, True),
        ("postgresql15-server", 5432, Transport.TCP, True),
        ("postgresql-client-15", 5432, Transport.TCP, False),
        ("mariadb-server-10.11", 3306, Transport.TCP, True),
        ("redis6", 6379, Transport.TCP, True),
        ("rpcbind", 111, Transport.UDP, True),
        ("bind9", 53, Transport.UDP, True),
        ("bind9", 53, Transport.TCP, True),
        ("tomcat9", 8080, Transport.TCP, True),
    ],
)
def test_by_package(name: str, port: int, transport: Transport, *, answers_there: bool) -> None:
    (found,) = listening((exposure(port, transport=transport),), (package(name),))
    assert not found.known
    assert [one.package for one in found.listeners] == ([package(name)] if answers_there else [])
    assert not any(one.certain for one in found.listeners)


def test_a_listener_says_why() -> None:
    (found,) = listening((exposure(22),), (CLIENT, SSH))
    assert found.listeners == (
        Listener(
            port=22,
            transport=Transport.TCP,
            certain=False,
            because="by package: openssh-server (SSH) usually listens on TCP 22",
            package=SSH,
        ),
    )


def test_a_wide_range_has_several() -> None:
    (found,) = listening((exposure(0, 65535),), (package("nginx"), SSH))
    assert [(one.package.name, one.port) for one in found.listeners if one.package] == [
        ("nginx", 80),
        ("nginx", 443),
        ("nginx", 8080),
        ("nginx", 8443),
        ("openssh-server", 22),
    ]


def test_a_library_of_a_language_is_no_server() -> None:
    library = package("redis", manager=PackageManager.PIP)
    (found,) = listening((exposure(6379),), (library,))
    assert found.listeners == ()


def test_sockets_are_certain_and_all_there_is() -> None:
    sockets = (
        Socket(transport=Transport.TCP, port=2222, program="sshd", package="openssh-server"),
        Socket(transport=Transport.TCP, port=5432, address="127.0.0.1", program="postgres"),
        Socket(transport=Transport.UDP, port=2222),
        Socket(transport=Transport.TCP, port=9999, package="absent"),
    )
    first, second, third, fourth = listening(
        (exposure(2222), exposure(22), exposure(5432), exposure(9999)),
        (SSH, package("postgresql")),
        sockets,
    )
    assert first.listeners == (
        Listener(
            port=2222,
            transport=Transport.TCP,
            certain=True,
            because="sshd of openssh-server 1 listens on TCP 2222",
            package=SSH,
        ),
    )
    assert (second.listeners, second.known) == ((), True)
    assert third.listeners == ()
    assert [(one.because, one.package) for one in fourth.listeners] == [
        ("absent listens on TCP 9999", None)
    ]


def test_a_package_answers_itself_or_by_its_source() -> None:
    found = listening((exposure(22), exposure(443)), (SSH, CLIENT, package("nginx")))
    assert answers(SSH, found) == found[0].listeners[0]
    assert answers(CLIENT, found) == found[0].listeners[0]
    assert answers(package("curl", source="curl"), found) is None
    assert answers(package("curl"), found) is None
    assert answers(package("nginx"), found) == found[1].listeners[0]
    assert answers(SSH, ()) is None


def test_certain_ones_come_first() -> None:
    likely = listening((exposure(22),), (SSH,))
    sockets = (Socket(transport=Transport.TCP, port=2222, package="openssh-server"),)
    certain = listening((exposure(2222),), (SSH,), sockets)
    found = answers(SSH, (*likely, *certain))
    assert found is not None
    assert (found.certain, found.port) == (True, 2222)


def test_the_table() -> None:
    assert all(server.packages and server.ports for server in SERVERS)
    assert len({server.name for server in SERVERS}) == len(SERVERS)
    assert all(0 < port <= 65535 for server in SERVERS for port in server.ports)
