"""What to type to mend a finding. Names and versions come from inventories and are quoted for a shell."""

import shlex
from collections.abc import Callable, Iterator, Sequence

from vedette.findings.closing import closed_by
from vedette.findings.edges import API, CLOUDFRONT, FUNCTION_URL, LAYER7, PRIVATELINK, kind_of
from vedette.findings.wording import clip
from vedette.matching.fixes import END_OF_LIFE, PRO
from vedette.matching.runtimes import ECOSYSTEM as RUNTIMES
from vedette.model.advisory import FixState
from vedette.model.finding import VulnerablePackage
from vedette.model.network import Exposure
from vedette.model.package import Package, PackageManager, SchemeName
from vedette.model.resource import Resource, ResourceType

_LISTED = 8
_SECURITY_GROUP = "AWS::EC2::SecurityGroup"
_INSTANCE = "You can restrict access to your instance by modifying the Security Groups or ACLs in the network path."
"""Inspector's sentence, word for word."""

_FUNCTION = (
    "Narrow the rules of the load balancer's listener or its security groups, or have it authenticate clients, "
    "to restrict access to the function."
)
_HINTS = {
    FUNCTION_URL: "Set the function URL's AuthType to AWS_IAM, or narrow the function's resource policy.",
    API: "Have the API's methods authorize callers, narrow its resource policy, or disable its endpoint.",
    CLOUDFRONT: "Who may use the distribution is decided there.",
    PRIVATELINK: "Who may connect is decided by the endpoint service's permissions and acceptance.",
}

_WITHOUT_FIX = {
    FixState.FIXED: "the publisher has a fix, but does not say in which version",
    FixState.NOT_FIXED: "no fix yet",
    FixState.WONT_FIX: "the publisher will not fix it; remove or replace the package, or accept the risk",
    FixState.UNKNOWN: "nothing is known of a fix",
}
_DNF_LATEST = "dnf upgrade --releasever=latest"
_RPM_TOOLS = {
    "Amazon Linux:1": "yum update",
    "Amazon Linux:2": "yum update",
    "Amazon Linux:2022": _DNF_LATEST,
    "Amazon Linux:2023": _DNF_LATEST,
    "Azure Linux": "tdnf update",
    "CentOS:6": "yum update",
    "CentOS:7": "yum update",
    "Mariner": "tdnf update",
    "Oracle Linux:6": "yum update",
    "Oracle Linux:7": "yum update",
    "Photon OS": "tdnf update",
    "Red Hat:6": "yum update",
    "Red Hat:7": "yum update",
    "SUSE": "zypper update",
    "openSUSE": "zypper update",
}
"""By release, else by distribution, else `dnf upgrade`. Amazon Linux 2023 stays at one release unless it is told not to."""


def _pip(name: str, version: str) -> str:
    return "pip install " + shlex.quote(f"{name}>={version}")


def _npm(name: str, version: str) -> str:
    return "npm install " + shlex.quote(f"{name}@{version}")


def _yarn(name: str, version: str) -> str:
    return "yarn upgrade " + shlex.quote(f"{name}@{version}")


def _go(name: str, version: str) -> str:
    return "go get " + shlex.quote(f"{name}@v{version.removeprefix('v')}")


def _cargo(name: str, version: str) -> str:
    return f"cargo update -p {shlex.quote(name)} --precise {shlex.quote(version)}"


def _composer(name: str, version: str) -> str:
    return "composer require " + shlex.quote(f"{name}:^{version}")


def _nuget(name: str, version: str) -> str:
    return f"dotnet add package {shlex.quote(name)} --version {shlex.quote(version)}"


def _bundler(name: str, _version: str) -> str:
    return "bundle update " + shlex.quote(name)


def _poetry(name: str, version: str) -> str:
    return "poetry add " + shlex.quote(f"{name}>={version}")


def _pipenv(name: str, version: str) -> str:
    return "pipenv install " + shlex.quote(f"{name}>={version}")


def _by_hand(name: str, version: str) -> str:
    return f"replace {name} by {version}"


_COMMAND: dict[PackageManager, Callable[[str, str], str]] = {
    PackageManager.BUNDLER: _bundler,
    PackageManager.CARGO: _cargo,
    PackageManager.COMPOSER: _composer,
    PackageManager.DOTNET_CORE: _nuget,
    PackageManager.GEMSPEC: _bundler,
    PackageManager.GOBINARY: _go,
    PackageManager.GOMOD: _go,
    PackageManager.NODEPKG: _npm,
    PackageManager.NPM: _npm,
    PackageManager.NUGET: _nuget,
    PackageManager.PIP: _pip,
    PackageManager.PIPENV: _pipenv,
    PackageManager.POETRY: _poetry,
    PackageManager.PYTHONPKG: _pip,
    PackageManager.YARN: _yarn,
}


def vulnerability_remediation(resource: Resource, packages: Sequence[VulnerablePackage]) -> str:
    """What to update to which version, the commands for it, and what to know of packages without a fix."""
    fixed = [one for one in packages if one.fixed_in is not None]
    mended = [one for one in fixed if one.package.ecosystem != RUNTIMES]
    commands = [*_os_commands(mended), *_language_commands(mended)]
    more = f"; and {len(commands) - _LISTED} more" if len(commands) > _LISTED else ""
    sentences = (
        f"Update {_targets(mended)}." if mended else "",
        f"{_where(resource)}: {'; '.join(commands[:_LISTED])}{more}." if commands else "",
        *(_runtime(one) for one in fixed if one.package.ecosystem == RUNTIMES),
        *_unfixed([one for one in packages if one.fixed_in is None]),
    )
    return clip(" ".join(filter(None, sentences)))


def exposure_remediation(exposure: Exposure) -> str:
    """What to do, the rules that this path depends on, and the smallest changes that close it."""
    rules = ", ".join(
        f"{hop.rule} of {hop.component_id}"
        for hop in exposure.path
        if hop.component_type == _SECURITY_GROUP and hop.rule is not None
    )
    sentences = (
        *_what_to_do(exposure),
        f"This path stands on the rule {rules}." if rules else "",
        closed_by(exposure.closing_changes),
    )
    return clip(" ".join(filter(None, sentences)))


def _what_to_do(exposure: Exposure) -> tuple[str, ...]:
    kind = kind_of(exposure.edge)
    hint = _HINTS.get(kind, "")
    if kind in LAYER7:
        return (hint,)
    return (_INSTANCE if exposure.interface is not None else _FUNCTION, hint)


def _runtime(one: VulnerablePackage) -> str:
    return (
        f"Change the function's runtime from {one.package.name} to version {one.fixed_in} or later,"
        " and try the function with it first."
    )


def _targets(mended: Sequence[VulnerablePackage]) -> str:
    targets = sorted({f"{one.package.name} to {one.fixed_in}{_needs(one)}" for one in mended})
    more = f" and {len(targets) - _LISTED} more" if len(targets) > _LISTED else ""
    return ", ".join(targets[:_LISTED]) + more


def _needs(one: VulnerablePackage) -> str:
    return f" ({PRO})" if one.note == PRO else ""


def _unfixed(packages: Sequence[VulnerablePackage]) -> Iterator[str]:
    """The packages by state, and by the publisher's word for it."""
    told: dict[str, set[str]] = {}
    for state in FixState:
        for one in sorted(packages, key=lambda one: one.note or ""):
            if one.fix is state:
                told.setdefault(_state(one), set()).add(one.package.name)
    for state_text, names in told.items():
        yield f"{', '.join(sorted(names)[:_LISTED])}: {state_text}."


def _state(one: VulnerablePackage) -> str:
    if one.note == END_OF_LIFE:
        return "end of life: the publisher mends it no more; move to a release that is maintained"
    word = f" ({one.note})" if one.note else ""
    return _WITHOUT_FIX[one.fix] + word


def _where(resource: Resource) -> str:
    match resource.ref.type:
        case ResourceType.ECR_CONTAINER_IMAGE:
            return "In the image's build"
        case ResourceType.LAMBDA_FUNCTION:
            return "In the function's code or layer"
        case ResourceType.EC2_INSTANCE | ResourceType.LOCAL:  # pragma: no branch
            return "Run"


def _os_commands(mended: Sequence[VulnerablePackage]) -> list[str]:
    """One command a tool of the system, with every package; a name that would be an option is left to people."""
    names: dict[str, set[str]] = {}
    for one in mended:
        if one.package.manager is PackageManager.OS and not one.package.name.startswith("-"):
            names.setdefault(_os_tool(one), set()).add(one.package.name)
    return [
        " ".join((tool, *(shlex.quote(name) for name in sorted(names[tool]))))
        for tool in sorted(names)
    ]


def _os_tool(one: VulnerablePackage) -> str:
    if one.package.scheme is SchemeName.DEB:
        return "apt-get update && apt-get install --only-upgrade"
    if one.package.scheme is SchemeName.APK:
        return "apk upgrade --update-cache"
    ecosystem = one.package.ecosystem
    return _RPM_TOOLS.get(ecosystem) or _RPM_TOOLS.get(ecosystem.partition(":")[0], "dnf upgrade")


def _language_commands(mended: Sequence[VulnerablePackage]) -> list[str]:
    commands = {
        _command(one.package)(one.package.name, one.fixed_in)
        for one in mended
        if one.package.manager is not PackageManager.OS and one.fixed_in is not None
    }
    return sorted(commands)


def _command(package: Package) -> Callable[[str, str], str]:
    return _by_hand if package.name.startswith("-") else _COMMAND.get(package.manager, _by_hand)
