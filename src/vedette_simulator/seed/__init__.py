"""Making what the estate says, by the API as far as AWS has one for it."""

from vedette_simulator.estate.model import Estate
from vedette_simulator.seed.clusters import make_clusters
from vedette_simulator.seed.computing import make_instances
from vedette_simulator.seed.events import make_rules
from vedette_simulator.seed.functions import make_functions
from vedette_simulator.seed.networks import clear_default_networks, make_networks
from vedette_simulator.seed.organization import make_organization
from vedette_simulator.seed.repositories import make_repositories
from vedette_simulator.world import World


def seed(world: World, estate: Estate) -> None:
    """Fill the world with the estate, always in the same order so that identifiers are the same."""
    make_organization(world, estate)
    clear_default_networks(world, estate)
    networks = make_networks(world, estate)
    make_instances(world, estate, networks)
    make_repositories(world, estate)
    make_clusters(world, estate)
    make_functions(world, estate)
    make_rules(world, estate)
