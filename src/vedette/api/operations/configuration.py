"""How images and instances are scanned (Inspector2 API: GetConfiguration, UpdateConfiguration)."""

from collections.abc import Mapping
from typing import Any

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import denied, invalid
from vedette.api.scope import is_member, one_account
from vedette.app.configuration import (
    Configuration,
    Duration,
    ImageConfiguration,
    PullMode,
    ScanMode,
    configuration_of,
    configure,
    inherit,
)

_PARTS = ("ecrConfiguration", "ec2Configuration", "amiConfiguration")


def _get(call: Call, asked: Input) -> Output:
    account = one_account(call, asked.get("accountId"))
    now = configuration_of(call.services.store, account, call.region)
    return {
        "ecrConfiguration": {"rescanDurationState": _images(now.images or ImageConfiguration())},
        "ec2Configuration": {
            "scanModeState": {
                "scanMode": str(now.instances or ScanMode.AGENT),
                "scanModeStatus": "SUCCESS",
            },
            "vmScannerState": {"activated": False, "status": "SUCCESS"},
        },
    }


def _update(call: Call, asked: Input) -> Output:
    if is_member(call, call.caller.account) and call.caller.accounts is not None:
        raise denied("A member account may not change its configuration")
    inherited = asked.get("updateConfigurationInheritance") or {}
    if not any(asked.get(part) for part in _PARTS) and not inherited:
        raise invalid("Nothing is to be changed")
    change = Configuration(
        images=_asked_images(call, asked.get("ecrConfiguration")),
        instances=_asked_instances(asked.get("ec2Configuration")),
    )
    _refuse_machine_images(asked.get("amiConfiguration"))
    _inherit(call, asked.get("accountId"), inherited)
    if change != Configuration():
        configure(call.services.store, _target(call, asked), call.region, change, now=call.now)
    call.services.look_now(())
    return {}


HANDLERS: Mapping[str, Handler] = {"GetConfiguration": _get, "UpdateConfiguration": _update}

NOTES: Mapping[str, Note] = {
    "UpdateConfiguration": Note(
        support=Support.WORKS,
        why="images and the scan mode of instances; the VM scanner and machine images are refused, "
        "since vedette has neither",
    ),
}


def _images(images: ImageConfiguration) -> Output:
    state: Output = {
        "rescanDuration": str(images.since_push),
        "status": "SUCCESS",
        "pullDateRescanMode": str(images.use),
    }
    if images.since_use is not None:
        state["pullDateRescanDuration"] = str(images.since_use)
    if images.updated_at is not None:
        state["updatedAt"] = images.updated_at
    return state


def _asked_images(call: Call, asked: Mapping[str, Any] | None) -> ImageConfiguration | None:
    if asked is None:
        return None
    since_use = asked.get("pullDateRescanDuration")
    return ImageConfiguration(
        since_push=Duration(asked["rescanDuration"]),
        since_use=None if since_use is None else Duration(since_use),
        use=PullMode(asked.get("pullDateRescanMode", PullMode.IN_USE)),
        updated_at=call.now,
    )


def _asked_instances(asked: Mapping[str, Any] | None) -> ScanMode | None:
    if asked is None:
        return None
    if asked.get("activateVMScanner"):
        raise invalid(
            "vedette has no VM scanner",
            ("ec2Configuration.activateVMScanner", "vedette has no VM scanner"),
        )
    return ScanMode(asked["scanMode"])


def _refuse_machine_images(asked: Mapping[str, Any] | None) -> None:
    if asked is None:
        return
    mode = asked["scanModeConfiguration"]
    if len(mode.get("tags", ())) != 1:
        why = "exactly one tag is required"
    else:
        why = "vedette does not scan machine images, only instances"
    raise invalid(why, ("amiConfiguration", why))


def _inherit(call: Call, account: str | None, inherited: Mapping[str, Any]) -> None:
    if not inherited:
        return
    if account is None:
        raise invalid("accountId says whose configuration", ("accountId", "is required"))
    inherit(
        call.services.store,
        one_account(call, account),
        call.region,
        images="ecrConfiguration" in inherited,
        instances="ec2Configuration" in inherited,
        now=call.now,
    )


def _target(call: Call, asked: Input) -> str | None:
    """Whose configuration: without an account the administrator's, which everybody has who has none of their own."""
    account = asked.get("accountId")
    if account is None and call.caller.accounts is None:
        return None
    return one_account(call, account)
