"""Severity of an open port, by the service that usually listens there.

The table is Amazon Inspector's ("Severity levels for network reachability findings" in its user guide): no port is
`CRITICAL`, and how wide the sources are plays no part in it. It counts in the risk instead.
"""

import msgspec

from vedette.findings.edges import LAYER7, is_internet, kind_of
from vedette.model.network import Exposure, Transport
from vedette.model.severity import Severity


class _Service(msgspec.Struct, frozen=True):
    name: str
    internet: Severity
    elsewhere: Severity
    tcp: frozenset[int]
    udp: frozenset[int]


def _service(
    name: str,
    tcp: tuple[int, ...],
    udp: tuple[int, ...] = (),
    internet: Severity = Severity.MEDIUM,
    elsewhere: Severity = Severity.INFORMATIONAL,
) -> _Service:
    return _Service(name, internet, elsewhere, frozenset(tcp), frozenset(udp))


_DHCP = (67, 68, 546, 547)
_NFS = (111, 1110, 2049, 4045)
_RPC = (111, 135, 530)
_WINS = (42, 1512)
_SERVICES = (
    _service("DHCP", _DHCP, _DHCP),
    _service("Elasticsearch", (9200, 9300)),
    _service("FTP", (21,), (21,), Severity.HIGH, Severity.MEDIUM),
    _service("Global catalog LDAP", (3268, 3269)),
    _service("HTTP", (80,), (80,), Severity.LOW),
    _service("HTTPS", (443,), (443,), Severity.LOW),
    _service("Kerberos", (88, 464, 543, 544, 749, 751), (88, 464, 749, 750, 751, 752)),
    _service("LDAP", (389,), (389,)),
    _service("LDAP over TLS", (636,)),
    _service("MongoDB", (27017, 27018, 27019, 28017)),
    _service("MySQL", (3306,)),
    _service("NetBIOS", (137, 139), (137, 138)),
    _service("NFS", _NFS, _NFS),
    _service("Oracle", (1521, 1630)),
    _service("PostgreSQL", (5432,)),
    _service("Print services", (515,), (), Severity.HIGH, Severity.MEDIUM),
    _service("RDP", (3389,), (3389,), Severity.MEDIUM, Severity.LOW),
    _service("RPC", _RPC, _RPC),
    _service("SMB", (445,), (445,)),
    _service("SSH", (22,), (22,), Severity.MEDIUM, Severity.LOW),
    _service("SQL Server", (1433,), (1434,)),
    _service("Syslog", (601,), (514,)),
    _service("Telnet", (23,), (23,), Severity.HIGH, Severity.MEDIUM),
    _service("WINS", _WINS, _WINS),
)


def from_internet(exposure: Exposure) -> bool:
    """Whether anybody on the internet is behind the edge; a function's URL and what CloudFront serves are such."""
    return is_internet(exposure.edge)


def exposure_severity(exposure: Exposure) -> Severity:
    """The worst severity of the services in the port range, by the edge they can be reached from.

    Inspector has no function URLs and no APIs: their severity is vedette's own.
    """
    if kind_of(exposure.edge) in LAYER7:
        return Severity.MEDIUM
    internet = from_internet(exposure)
    found = (service.internet if internet else service.elsewhere for service in _services(exposure))
    return max(found, key=lambda severity: severity.rank, default=Severity.INFORMATIONAL)


def services_of(exposure: Exposure) -> tuple[str, ...]:
    """Names of the services that usually listen in the port range, in alphabetical order."""
    return tuple(service.name for service in _services(exposure))


def _services(exposure: Exposure) -> tuple[_Service, ...]:
    match exposure.transport:
        case Transport.TCP:
            return tuple(one for one in _SERVICES if _meets(one.tcp, exposure))
        case Transport.UDP:
            return tuple(one for one in _SERVICES if _meets(one.udp, exposure))
        case Transport.ICMP | Transport.ICMPV6:  # pragma: no branch
            return ()


def _meets(ports: frozenset[int], exposure: Exposure) -> bool:
    return any(exposure.ports.begin <= port <= exposure.ports.end for port in ports)
