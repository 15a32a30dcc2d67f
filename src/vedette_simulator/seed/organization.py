"""The organization, its accounts with their keys and roles, and Security Hub."""

import json

from vedette_simulator.estate.model import Account, Estate
from vedette_simulator.identity import Caller
from vedette_simulator.moto_boundary import next_account_id
from vedette_simulator.services.ec2 import Regions
from vedette_simulator.services.organizations import AccountNames
from vedette_simulator.services.ssm.commands import Settings
from vedette_simulator.world import Place, World


def make_organization(world: World, estate: Estate) -> None:
    """Make the organization from its management account."""
    region = estate.organization.regions[0]
    management = Place(account=estate.management.id, region=region)
    names = world.state(AccountNames)
    names.management = estate.management.id
    world.state(Regions).names = frozenset(estate.organization.regions)
    world.state(Settings).seconds = estate.command_seconds
    world.invoke("organizations", "CreateOrganization", {"FeatureSet": "ALL"}, management)
    for account in estate.organization.accounts:
        names.by_id[account.id] = account.name
        if not account.management:
            _join(world, account, management)
        world.identities.add(user(world, estate, account))
        _add_roles(world, account, region)
        if account.security_hub:
            for place in (
                Place(account=account.id, region=name) for name in estate.organization.regions
            ):
                world.invoke("securityhub", "EnableSecurityHub", {}, place)


def user(world: World, estate: Estate, account: Account) -> Caller:
    """The account's user, with keys that follow from the estate's name."""
    derive = world.identities.derive
    return Caller(
        account=account.id,
        arn=f"arn:aws:iam::{account.id}:user/{estate.organization.user}",
        user_id="AIDA" + derive("user", account.id)[:17].upper(),
        access_key="AKIA" + derive("key", account.id)[:16].upper(),
        secret_key=derive("secret", account.id),
    )


def _join(world: World, account: Account, management: Place) -> None:
    tags = [{"Key": key, "Value": value} for key, value in account.tags.items()]
    asked = {"AccountName": account.name, "Email": f"{account.name}@example.org", "Tags": tags}
    with next_account_id(account.id):
        world.invoke("organizations", "CreateAccount", asked, management)


def _add_roles(world: World, account: Account, region: str) -> None:
    for role in account.roles:
        principals = [name if ":" in name else f"arn:aws:iam::{name}:root" for name in role.trusts]
        statement: dict[str, object] = {
            "Effect": "Allow",
            "Principal": {"AWS": principals},
            "Action": "sts:AssumeRole",
        }
        if role.external_id is not None:
            statement["Condition"] = {"StringEquals": {"sts:ExternalId": role.external_id}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        world.invoke(
            "iam",
            "CreateRole",
            {"RoleName": role.name, "AssumeRolePolicyDocument": policy},
            Place(account=account.id, region=region),
        )
