"""Every type of resource that is understood, those without a part in reachability, and how changes are applied."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from vedette.errors import ParseError
from vedette.network.whatif.draft import AbsentError
from vedette.network.whatif.planned import Ledger
from vedette.network.whatif.resource import Kind, View, changed
from vedette.network.whatif.resources import (
    apis,
    entries,
    filters,
    functions,
    hosts,
    networks,
    paths,
    services,
    transits,
)

KINDS: tuple[Kind, ...] = (
    *networks.KINDS,
    *transits.KINDS,
    *paths.KINDS,
    *filters.KINDS,
    *hosts.KINDS,
    *functions.KINDS,
    *entries.KINDS,
    *services.KINDS,
    *apis.KINDS,
)
"""In the order in which they are made: networks, what filters them, what is in them, what leads to it."""

OTHER_NAMES = {
    "aws_alb": "aws_lb",
    "aws_alb_listener": "aws_lb_listener",
    "aws_alb_listener_rule": "aws_lb_listener_rule",
    "aws_alb_target_group": "aws_lb_target_group",
    "aws_alb_target_group_attachment": "aws_lb_target_group_attachment",
    "aws_default_security_group": "aws_security_group",
    "aws_default_subnet": "aws_subnet",
    "aws_default_vpc": "aws_vpc",
}
"""Types that are another one under a second name."""

_BY_TYPE = {one.type: one for one in KINDS}
_ORDER = {one.type: index for index, one in enumerate(KINDS)}

_IGNORED_SERVICES = frozenset(
    [
        "acm",
        "athena",
        "backup",
        "budgets",
        "ce",
        "cloudtrail",
        "cloudwatch",
        "codebuild",
        "codecommit",
        "codedeploy",
        "codepipeline",
        "cognito",
        "config",
        "dynamodb",
        "ebs",
        "ecr",
        "glacier",
        "glue",
        "guardduty",
        "iam",
        "inspector2",
        "kinesis",
        "kms",
        "macie2",
        "oam",
        "organizations",
        "pipes",
        "resourcegroups",
        "resourceexplorer2",
        "route53",
        "s3",
        "scheduler",
        "schemas",
        "secretsmanager",
        "securityhub",
        "servicecatalog",
        "servicequotas",
        "ses",
        "sesv2",
        "sfn",
        "shield",
        "signer",
        "sns",
        "sqs",
        "ssm",
        "ssoadmin",
        "stepfunctions",
        "synthetics",
        "xray",
    ]
)
"""Services whose resources neither carry nor filter traffic to a network interface or an entry that is judged."""

_NOT_IGNORED = frozenset({"route53_resolver_endpoint"})
_IGNORED_TYPES = frozenset(
    [
        "ami",
        "ami_copy",
        "key_pair",
        "placement_group",
        "flow_log",
        "volume_attachment",
        "vpc_dhcp_options",
        "vpc_dhcp_options_association",
        "lambda_alias",
        "lambda_layer_version",
        "lambda_layer_version_permission",
        "lambda_event_source_mapping",
        "lambda_function_event_invoke_config",
        "lambda_code_signing_config",
        "lambda_provisioned_concurrency_config",
        "lb_listener_certificate",
        "alb_listener_certificate",
        "lb_trust_store",
        "ec2_tag",
        "ebs_snapshot_block_public_access",
    ]
)
_OTHER_PROVIDERS = frozenset(
    [
        "archive",
        "cloudinit",
        "external",
        "http",
        "local",
        "null",
        "random",
        "template",
        "terraform",
        "time",
        "tls",
    ]
)


_DEEPEST = 100


class Resource(msgspec.Struct, frozen=True):
    """A change of one resource: the side that is there, and the side that will be."""

    type: str
    address: str
    old: View | None
    new: View | None


def has_no_part(kind: str) -> bool:
    """Whether a type, as Terraform names it, has no part in reachability."""
    provider, _, rest = kind.partition("_")
    if provider != "aws":
        return provider in _OTHER_PROVIDERS
    if rest in _NOT_IGNORED:
        return False
    return rest in _IGNORED_TYPES or rest.partition("_")[0] in _IGNORED_SERVICES


def apply_resources(ledger: Ledger, resources: Iterable[Resource]) -> None:
    """Take away what goes, last things first; then make and change the rest."""
    pairs = tuple(_understood(ledger, resources))
    parents = {side.identity: parent for side, parent in _parents(pairs)}
    known = sorted(
        pairs,
        key=lambda pair: (_ORDER[pair[0].type], _depth(pair[1], parents), pair[1].address),
    )
    for kind, one in reversed(known):
        if one.old is not None and not _stays(one):
            _attempt(ledger, one.address, kind.remove, one.old)
    for kind, one in known:
        if one.new is not None:
            old = one.old if _stays(one) else None
            _not_understood(kind, old, one.new)
            _attempt(ledger, one.address, kind.put, old, one.new)


def _parents(pairs: Iterable[tuple[Kind, Resource]]) -> Iterator[tuple[View, object]]:
    """The id of the parent of each side that has one."""
    for kind, one in pairs:
        for side in (one.old, one.new) if kind.parent else ():
            if side is not None:
                yield side, side.values.get(kind.parent)


def _depth(one: Resource, parents: Mapping[str, object]) -> int:
    """How many resources of the plan a resource is below."""
    side = one.new or one.old
    at: object = side.identity if side is not None else None
    for depth in range(_DEEPEST):
        if not isinstance(at, str) or at not in parents:
            return depth
        at = parents[at]
    return _DEEPEST


def _understood(ledger: Ledger, resources: Iterable[Resource]) -> Iterator[tuple[Kind, Resource]]:
    """The resources whose types are understood; of all others it is said why they are not applied."""
    for one in resources:
        kind = _BY_TYPE.get(OTHER_NAMES.get(one.type, one.type))
        if one.type.startswith("aws_default_") and one.old is None:
            ledger.unclear(one.address, "id", "it takes over one that AWS made; which is not known")
        elif kind is not None:
            yield kind, one
        elif has_no_part(one.type):
            ledger.ignore(one.type)
        else:
            ledger.unclear(one.address, "", f"{one.type} is not modelled")


def _stays(one: Resource) -> bool:
    """Whether it is changed in place."""
    return one.old is not None and one.new is not None and one.old.identity == one.new.identity


def _attempt(
    ledger: Ledger, address: str, change: Callable[..., None], *sides: View | None
) -> None:
    """One side at a time; what cannot be applied, or makes no sense, is unclear."""

    def apply() -> None:
        try:
            change(*sides)
        except ParseError as error:
            raise AbsentError(address, str(error)) from error

    ledger.attempt(address, "", apply)


def _not_understood(kind: Kind, old: View | None, new: View) -> None:
    """Attributes that are set or changed, and that nothing is known of."""
    for name in sorted({*new.values, *new.unknown}):
        if name in kind.reads or name in kind.harmless:
            continue
        is_set = new.values.get(name) or new.unknown.get(name) or old is not None
        if is_set and changed(old, new, name):
            new.unclear(name, f"{kind.type}.{name} is not modelled")
