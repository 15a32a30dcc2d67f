"""The table says how many exposed interfaces are no instance's."""

from tests.network.estates import PLACE, simple, tcp
from vedette.cli.render.reach_table import reach_table
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach


def test_interfaces_of_services_are_counted() -> None:
    estate = simple(tcp(5432, v4=("0.0.0.0/0",)))
    managed = {"Description": "RDSNetworkInterface", "RequesterId": "amazon-rds"}
    estate.interfaces[0] |= {**managed, "Attachment": {"Status": "attached"}}
    told = reach_table(reach(topology_of(snapshot_from({PLACE: estate.answers()}))))
    assert "\n1 exposed interface is no instance's: Amazon RDS (1)\n" in told
    plain = reach_table(
        reach(topology_of(snapshot_from({PLACE: simple(tcp(22, v4=("0.0.0.0/0",))).answers()})))
    )
    assert "no instance's" not in plain
