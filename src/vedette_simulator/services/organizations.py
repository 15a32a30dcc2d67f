"""Organizations: accounts with the estate's names, listed only for the management account."""

from vedette_simulator.errors import AwsError
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers


class AccountNames:
    """Names of accounts that moto names itself (it calls the management account `master`)."""

    def __init__(self) -> None:
        self.management = ""
        self.by_id: dict[str, str] = {}


def list_accounts(call: Call) -> Fields:
    """moto's; a member is refused as AWS does (moto gives it an empty list)."""
    names = call.world.state(AccountNames)
    if call.place.account != names.management:
        raise AwsError(
            "AccessDeniedException", "You don't have permissions to access this resource."
        )
    found = call.forward()
    found["Accounts"] = [_named(account, names) for account in found["Accounts"]]
    return found


def describe_account(call: Call) -> Fields:
    """moto's, with the estate's name."""
    found = call.forward()
    return {"Account": _named(found["Account"], call.world.state(AccountNames))}


HANDLERS: Handlers = {
    ("organizations", "ListAccounts"): list_accounts,
    ("organizations", "DescribeAccount"): describe_account,
}


def _named(account: Fields, names: AccountNames) -> Fields:
    return account | {"Name": names.by_id.get(account["Id"], account["Name"])}
