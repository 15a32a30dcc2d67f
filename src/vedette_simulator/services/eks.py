"""EKS's clusters: the estate has none, since a cluster without its own API would run nothing."""

from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers


def list_clusters(_call: Call) -> Fields:
    """None."""
    return {"clusters": []}


HANDLERS: Handlers = {("eks", "ListClusters"): list_clusters}
