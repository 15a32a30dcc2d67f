"""Which packages of distributions are servers, and the ports that they usually listen on.

Sources: the packages' own default configuration and unit files, IANA's port registry for the numbers. Names are those of
binary packages in Debian, Ubuntu, Fedora, RHEL and its kin, Amazon Linux, SUSE and Alpine; `*` stands for a version.
"""

import msgspec

from vedette.model.network import Transport


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A service: the packages that bring it, and the ports that it opens, TCP unless said otherwise."""

    name: str
    packages: tuple[str, ...]
    ports: tuple[int, ...]
    transports: tuple[Transport, ...] = (Transport.TCP,)


_UDP = (Transport.UDP,)
_BOTH = (Transport.TCP, Transport.UDP)


def _server(name: str, packages: str, *ports: int) -> Server:
    return Server(name=name, packages=tuple(packages.split()), ports=ports)


def _other(name: str, packages: str, transports: tuple[Transport, ...], *ports: int) -> Server:
    return Server(name=name, packages=tuple(packages.split()), ports=ports, transports=transports)


SERVERS = (
    _server("SSH", "openssh-server dropbear dropbear-bin tinyssh", 22),
    _server(
        "HTTP",
        "nginx nginx-core nginx-full nginx-light nginx-extras nginx-mainline apache2 httpd httpd24"
        " lighttpd caddy haproxy haproxy[0-9]* traefik h2o monkey",
        80,
        443,
        8080,
        8443,
    ),
    _server("Varnish", "varnish", 80, 6081, 6082),
    _server("Squid", "squid squid3 squid-openssl", 3128),
    _server("Tomcat", "tomcat[0-9]* tomcat", 8005, 8009, 8080, 8443),
    _server("Jenkins", "jenkins", 8080, 50000),
    _server("FTP", "vsftpd proftpd proftpd-basic proftpd-core pure-ftpd", 20, 21),
    _server("Telnet", "telnetd telnet-server inetutils-telnetd busybox-extras", 23),
    _server("rsync", "rsync-daemon", 873),
    _server("Git", "git-daemon git-daemon-run git-daemon-sysvinit", 9418),
    _server(
        "SMTP",
        "postfix exim4-daemon-light exim4-daemon-heavy exim sendmail sendmail-bin opensmtpd",
        25,
        465,
        587,
    ),
    _server(
        "IMAP and POP3",
        "dovecot dovecot-core dovecot-imapd dovecot-pop3d cyrus-imapd",
        110,
        143,
        993,
        995,
        4190,
    ),
    _other(
        "DNS",
        "bind9 bind bind-server named dnsmasq dnsmasq-base unbound pdns-server pdns-recursor knot",
        _BOTH,
        53,
    ),
    _other("DHCP", "isc-dhcp-server dhcp-server kea-dhcp4-server dnsmasq", _UDP, 67),
    _other("TFTP", "tftpd tftpd-hpa atftpd tftp-server dnsmasq", _UDP, 69),
    _other("NTP", "ntp ntpsec ntpd chrony openntpd", _UDP, 123),
    _other("SNMP", "snmpd net-snmp", _UDP, 161),
    _other("mDNS", "avahi-daemon avahi", _UDP, 5353),
    _other("RPC", "rpcbind", _BOTH, 111),
    _other("NFS", "nfs-kernel-server nfs-utils", _BOTH, 2049),
    _server("SMB", "samba", 139, 445),
    _server("LDAP", "slapd openldap-servers 389-ds-base", 389, 636),
    _other("Kerberos", "krb5-kdc krb5-server krb5-admin-server", _BOTH, 88, 464, 749),
    _server("Printing", "cups cups-daemon", 631),
    _server("Remote desktop", "xrdp", 3389),
    _server(
        "VNC",
        "tigervnc-standalone-server tigervnc-server tightvncserver x11vnc",
        *range(5900, 5911),
    ),
    _other("OpenVPN", "openvpn", _BOTH, 1194),
    _other("IPsec", "strongswan strongswan-starter libreswan", _UDP, 500, 4500),
    _server(
        "PostgreSQL",
        "postgresql postgresql-[0-9]* postgresql-server postgresql[0-9]*-server postgresql[0-9]*",
        5432,
    ),
    _server("PgBouncer", "pgbouncer", 6432),
    _server(
        "MySQL",
        "mysql mysql-server mysql-server-[0-9]* mysql-community-server mysql[0-9]*-server mariadb mariadb-server"
        " mariadb-server-[0-9]* mariadb[0-9]*-server percona-server-server percona-server-server-[0-9]*",
        3306,
        33060,
    ),
    _server(
        "Redis",
        "redis redis-server redis[0-9]* valkey valkey-server keydb keydb-server",
        6379,
        16379,
    ),
    _other("Memcached", "memcached", _BOTH, 11211),
    _server(
        "MongoDB",
        "mongodb mongodb-server mongodb-server-core mongodb-org-server",
        27017,
        27018,
        27019,
    ),
    _server("Elasticsearch", "elasticsearch opensearch", 9200, 9300),
    _server("Kibana", "kibana opensearch-dashboards", 5601),
    _server("Cassandra", "cassandra scylla-server", 7000, 7001, 7199, 9042, 9160),
    _server("CouchDB", "couchdb", 5984),
    _server("ClickHouse", "clickhouse-server", 8123, 9000, 9009),
    _server("InfluxDB", "influxdb influxdb2", 8086),
    _server("Neo4j", "neo4j", 7474, 7687),
    _server("RabbitMQ", "rabbitmq-server", 4369, 5671, 5672, 15672, 25672),
    _server("MQTT", "mosquitto", 1883, 8883),
    _server("NATS", "nats-server", 4222, 8222),
    _server("ZooKeeper", "zookeeper zookeeperd", 2181, 2888, 3888),
    _server("Kubelet", "kubelet", 10250, 10255),
    _server("etcd", "etcd etcd-server", 2379, 2380),
    _other("Consul", "consul", _BOTH, 8300, 8301, 8302, 8500, 8600),
    _server("Vault", "vault", 8200, 8201),
    _server("Nomad", "nomad", 4646, 4647, 4648),
    _server("Prometheus", "prometheus prometheus2", 9090),
    _server(
        "Node exporter",
        "prometheus-node-exporter node_exporter golang-github-prometheus-node-exporter",
        9100,
    ),
    _server("Grafana", "grafana grafana-enterprise", 3000),
    _other(
        "Zabbix",
        "zabbix-agent zabbix-agent2 zabbix-server-mysql zabbix-server-pgsql",
        _BOTH,
        10050,
        10051,
    ),
    _server("Cockpit", "cockpit cockpit-ws", 9090),
    _server("Webmin", "webmin", 10000),
    _server("PHP-FPM", "php-fpm php[0-9]*-fpm php[0-9]*.[0-9]*-fpm", 9000),
    _server("Minio", "minio", 9000, 9001),
)
"""Every service, in no order that matters."""
