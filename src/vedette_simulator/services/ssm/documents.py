"""What a command document does on an instance: real changes of its packages, and the output that a reader expects."""

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from vedette_simulator.errors import AwsError
from vedette_simulator.services.ssm.fleet import Installed, Managed, PatchRun, split_rpm

Parameters = Mapping[str, list[str]]

_NOT_FOUND = 127
_USAGE = 2


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a document ended on one instance."""

    code: int
    output: str
    errors: str = ""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When it ran, and the id of the patch baseline's snapshot."""

    started_at: datetime
    ended_at: datetime
    snapshot_id: str


Document = Callable[[Managed, Parameters, Times], Result]


def run_patch_baseline(instance: Managed, parameters: Parameters, times: Times) -> Result:
    """`AWS-RunPatchBaseline`: Scan reports, Install brings every package to the version that fixes it."""
    operation = parameters["Operation"][0]
    reboot = parameters.get("RebootOption", ["RebootIfNeeded"])[0]
    changes = instance.update(None, times.ended_at) if operation == "Install" else ()
    instance.patched = PatchRun(
        operation=operation,
        reboot_option=reboot,
        snapshot_id=times.snapshot_id,
        started_at=times.started_at,
        ended_at=times.ended_at,
    )
    missing = sum(item.missing for item in instance.packages)
    lines = [
        f"{instance.software.platform_name}: patch operation {operation}, snapshot {times.snapshot_id}",
        *(
            f"Upgraded: {item.package.name} {item.version} -> {version}"
            for item, version in changes
        ),
        f"Installed {len(changes)} update(s); {missing} missing; reboot option {reboot}.",
    ]
    return Result(code=0, output="\n".join(lines) + "\n")


def run_shell_script(instance: Managed, parameters: Parameters, times: Times) -> Result:
    """`AWS-RunShellScript` for the few commands that `_COMMANDS` knows; all others are not found (127)."""
    output: list[str] = []
    for line in parameters["commands"]:
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            return Result(
                code=_USAGE, output="".join(output), errors=f"sh: syntax error: {error}\n"
            )
        if words[:1] == ["sudo"]:
            words = words[1:]
        if not words:
            continue
        command = _COMMANDS.get(words[0])
        if command is None:
            return Result(
                code=_NOT_FOUND, output="".join(output), errors=f"sh: 1: {words[0]}: not found\n"
            )
        result = command(instance, words[1:], times.ended_at)
        output.append(result.output)
        if result.code:
            return Result(code=result.code, output="".join(output), errors=result.errors)
    return Result(code=0, output="".join(output))


DOCUMENTS: Mapping[str, Document] = {
    "AWS-RunPatchBaseline": run_patch_baseline,
    "AWS-RunShellScript": run_shell_script,
}


def check(name: str, parameters: Parameters) -> Document:
    """The document, with its parameters found good.

    Raises:
        AwsError: `InvalidDocument` or `InvalidParameters`.
    """
    document = DOCUMENTS.get(name)
    if document is None:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    if name == "AWS-RunPatchBaseline" and parameters.get("Operation", []) not in (
        ["Scan"],
        ["Install"],
    ):
        raise AwsError(
            "InvalidParameters", "Invalid value for Operation: allowed are Scan and Install."
        )
    if parameters.get("RebootOption", ["NoReboot"]) not in (["NoReboot"], ["RebootIfNeeded"]):
        raise AwsError(
            "InvalidParameters",
            "Invalid value for RebootOption: allowed are RebootIfNeeded and NoReboot.",
        )
    if name == "AWS-RunShellScript" and not parameters.get("commands"):
        raise AwsError("InvalidParameters", "Missing parameter commands.")
    return document


def _update(instance: Managed, words: list[str], now: datetime) -> Result:
    names = frozenset(word for word in words[1:] if not word.startswith("-"))
    if words[:1] not in (["update"], ["upgrade"], ["install"], ["dist-upgrade"]):
        return Result(code=_USAGE, output="", errors=f"unknown operation: {' '.join(words[:1])}\n")
    if words[0] == "update" and instance.software.manager == "deb":
        return Result(code=0, output="Reading package lists...\n")
    known = {item.package.name for item in instance.packages}
    if unknown := sorted(names - known):
        return Result(code=1, output="", errors=f"Unable to find a match: {' '.join(unknown)}\n")
    changes = instance.update(names or None, now)
    lines = [
        f"Upgraded: {item.package.name} {item.version} -> {version}" for item, version in changes
    ] or ["Nothing to do."]
    return Result(code=0, output="\n".join(lines) + "\n")


def _cat(instance: Managed, words: list[str], _now: datetime) -> Result:
    if words not in (["/etc/os-release"], ["/usr/lib/os-release"]):
        return Result(
            code=1, output="", errors=f"cat: {' '.join(words)}: No such file or directory\n"
        )
    software = instance.software
    kind = {"Amazon Linux": "amzn", "Ubuntu": "ubuntu"}.get(software.platform_name, "debian")
    return Result(
        code=0,
        output=f'NAME="{software.platform_name}"\nVERSION_ID="{software.platform_version}"\nID={kind}\n',
    )


def _uname(instance: Managed, _words: list[str], _now: datetime) -> Result:
    return Result(code=0, output=f"{instance.software.kernel}\n")


def _rpm(instance: Managed, words: list[str], _now: datetime) -> Result:
    if instance.software.manager != "rpm":
        return Result(code=_NOT_FOUND, output="", errors="sh: 1: rpm: not found\n")
    if words != ["-qa"]:
        return Result(code=_USAGE, output="", errors="the simulator knows only: rpm -qa\n")
    return Result(code=0, output="".join(f"{_full(item)}\n" for item in instance.packages))


def _dpkg_query(instance: Managed, words: list[str], _now: datetime) -> Result:
    if instance.software.manager != "deb":
        return Result(code=_NOT_FOUND, output="", errors="sh: 1: dpkg-query: not found\n")
    if words != ["-W"]:
        return Result(code=_USAGE, output="", errors="the simulator knows only: dpkg-query -W\n")
    lines = (f"{item.package.name}\t{item.version}\n" for item in instance.packages)
    return Result(code=0, output="".join(lines))


_COMMANDS: Mapping[str, Callable[[Managed, list[str], datetime], Result]] = {
    "apt": _update,
    "apt-get": _update,
    "cat": _cat,
    "dnf": _update,
    "dpkg-query": _dpkg_query,
    "rpm": _rpm,
    "uname": _uname,
    "yum": _update,
}


def _full(item: Installed) -> str:
    """A package as `rpm -qa` prints it, without the epoch."""
    _, version, release = split_rpm(item.version)
    return f"{item.package.name}-{version}-{release}.{item.package.arch}"
