"""CIS scan configurations (Inspector2 API: Create, Update, Delete and List of CisScanConfiguration)."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

import msgspec

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import denied, invalid, not_found
from vedette.api.listing import ordered_page
from vedette.api.translate.cis import described_configuration, schedule_of, targets_of
from vedette.api.translate.cis_filter import tags_pass, texts_pass
from vedette.app.cis.configurations import (
    EVERYBODY,
    MOST_CONFIGURATIONS,
    SELF,
    CisConfiguration,
    Level,
    Targets,
    configuration,
    configurations,
    remove_configuration,
    save_configuration,
)
from vedette.app.tags import set_tags, tags_of

_A_PAGE = 100


def _create(call: Call, asked: Input) -> Output:
    owner, region = call.caller.account, call.region
    store = call.services.store
    if len(list(configurations(store, region))) >= MOST_CONFIGURATIONS:
        raise invalid(f"There are {MOST_CONFIGURATIONS} configurations, which is the most")
    targets = targets_of(asked["targets"])
    _check_targets(call, targets)
    _check_zone(asked["schedule"])
    digest = hashlib.sha256(f"{owner}/{region}/{call.request_id}".encode()).digest()
    identity = str(uuid.UUID(bytes=digest[:16], version=4))
    arn = f"arn:{call.partition}:inspector2:{region}:{owner}:owner/{owner}/cis-configuration/{identity}"
    made = CisConfiguration(
        id=identity,
        owner=owner,
        region=region,
        arn=arn,
        name=asked["scanName"],
        level=Level(asked["securityLevel"]),
        schedule=schedule_of(asked["schedule"]),
        targets=targets,
    )
    save_configuration(store, made, now=call.now)
    set_tags(store, arn, asked.get("tags", {}), now=call.now)
    return {"scanConfigurationArn": arn}


def _update(call: Call, asked: Input) -> Output:
    known = _known(call, asked["scanConfigurationArn"])
    targets = targets_of(asked.get("targets", {}), known.targets)
    _check_targets(call, targets)
    schedule = asked.get("schedule")
    if schedule is not None:
        _check_zone(schedule)
    changed = msgspec.structs.replace(
        known,
        name=asked.get("scanName", known.name),
        level=Level(asked.get("securityLevel", known.level)),
        schedule=known.schedule if schedule is None else schedule_of(schedule),
        targets=targets,
    )
    save_configuration(call.services.store, changed, now=call.now)
    return {"scanConfigurationArn": known.arn}


def _delete(call: Call, asked: Input) -> Output:
    known = _known(call, asked["scanConfigurationArn"])
    remove_configuration(call.services.store, known)
    set_tags(call.services.store, known.arn, {}, now=call.now)
    return {"scanConfigurationArn": known.arn}


def _list(call: Call, asked: Input) -> Output:
    criteria = asked.get("filterCriteria", {})
    found = [
        known
        for known in configurations(call.services.store, call.region)
        if call.caller.sees(known.owner) and _passes(criteria, known)
    ]
    by_arn = asked.get("sortBy") == "SCAN_CONFIGURATION_ARN"
    found.sort(
        key=lambda one: one.arn if by_arn else f"{one.name}\0{one.arn}",
        reverse=asked.get("sortOrder") == "DESC",
    )
    shown, token = ordered_page(call, asked, found, _A_PAGE)
    store = call.services.store
    listed = [described_configuration(one, tags_of(store, one.arn)) for one in shown]
    return {"scanConfigurations": listed, **token}


HANDLERS: Mapping[str, Handler] = {
    "CreateCisScanConfiguration": _create,
    "DeleteCisScanConfiguration": _delete,
    "ListCisScanConfigurations": _list,
    "UpdateCisScanConfiguration": _update,
}

NOTES: Mapping[str, Note] = {
    "CreateCisScanConfiguration": Note(
        support=Support.WORKS,
        why="says what agents are to check and when; vedette starts no scans itself, the agents' sessions do",
    ),
}


def _known(call: Call, arn: str) -> CisConfiguration:
    """A configuration of the caller's, or of an account that they see."""
    parts = arn.split(":", 5)
    owner, identity = parts[4], arn.rpartition("/")[2]
    if not call.caller.sees(owner):
        raise denied(f"{owner} is not an account of yours")
    known = configuration(call.services.store, owner, parts[3], identity)
    if known is None or known.arn != arn or known.region != call.region:
        raise not_found(f"The configuration {arn} does not exist")
    return known


def _check_targets(call: Call, targets: Targets) -> None:
    for account in targets.accounts:
        if account == EVERYBODY and call.caller.accounts is not None:
            raise denied("Only the delegated administrator may scan all accounts")
        if account not in {EVERYBODY, SELF} and not call.caller.sees(account):
            raise denied(f"{account} is not an account of yours")


def _check_zone(schedule: Mapping[str, Any]) -> None:
    ((_, value),) = schedule.items()
    zone = value.get("startTime", {}).get("timezone")
    if zone is not None and zone not in available_timezones():
        why = "it is no IANA time zone"
        raise invalid(why, ("schedule.startTime.timezone", why))


def _passes(criteria: Mapping[str, Any], known: CisConfiguration) -> bool:
    return (
        texts_pass(criteria.get("scanNameFilters"), known.name)
        and texts_pass(criteria.get("scanConfigurationArnFilters"), known.arn)
        and tags_pass(criteria.get("targetResourceTagFilters"), known.targets.tags)
    )
