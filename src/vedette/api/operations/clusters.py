"""Where an image runs (Inspector2 API: GetClustersForImage)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import denied, invalid
from vedette.api.listing import page
from vedette.app.image_uses import uses_of
from vedette.errors import ParseError
from vedette.model.arn import ArnParts, split_arn
from vedette.model.image_use import ImageUse

_CLUSTERS_A_PAGE = 100
_DETAILS = 100
_GROUP = 256


def _get(call: Call, asked: Input) -> Output:
    registry = _registry(asked["filter"]["resourceId"])
    if not call.caller.sees(registry.account):
        raise denied(f"{registry.account} is not an account of yours")
    repository, _, digest = registry.resource.removeprefix("repository/").rpartition("/")
    uses = uses_of(
        call.services.store,
        registry=registry.account,
        region=registry.region,
        repository=repository,
        digest=digest,
    )
    clusters = [(cluster, list(of)) for cluster, of in groupby(uses, lambda use: use.cluster)]
    shown, token = page(call, asked, clusters, lambda one: one[0], _CLUSTERS_A_PAGE)
    return {"cluster": [_cluster(*one) for one in shown], **token}


HANDLERS: Mapping[str, Handler] = {"GetClustersForImage": _get}

NOTES: Mapping[str, Note] = {
    "GetClustersForImage": Note(
        support=Support.WORKS,
        why="ECS clusters, and EKS clusters that let vedette's role read their pods",
    ),
}


def _registry(text: str) -> ArnParts:
    try:
        arn = split_arn(text)
    except ParseError as error:
        raise invalid(str(error), ("filter.resourceId", str(error))) from error
    if "/sha256:" not in arn.resource:
        why = "it names no image by its digest"
        raise invalid(why, ("filter.resourceId", why))
    return arn


def _cluster(arn: str, uses: Iterable[ImageUse]) -> Output:
    groups = groupby(uses, _group)
    return {"clusterArn": arn, "clusterDetails": [_detail(list(of)) for _, of in groups][:_DETAILS]}


def _group(use: ImageUse) -> tuple[str, str]:
    """What is told as one: a group's task definition, or a namespace."""
    if use.workload is not None:
        return use.workload.namespace, ""
    return use.group, str(use.task_definition)


def _detail(uses: Sequence[ImageUse]) -> Output:
    return {
        "lastInUse": max(use.last_in_use for use in uses),
        "runningUnitCount": sum(use.running for use in uses),
        "stoppedUnitCount": sum(use.stopped for use in uses),
        "clusterMetadata": _metadata(uses),
    }


def _metadata(uses: Sequence[ImageUse]) -> Output:
    first = uses[0]
    if first.workload is None:
        ecs = {
            "detailsGroup": first.group[:_GROUP] or "none",
            "taskDefinitionArn": str(first.task_definition),
        }
        return {"awsEcsMetadataDetails": ecs}
    workloads = [use.workload for use in uses if use.workload is not None]
    eks = {
        "namespace": first.workload.namespace,
        "workloadInfoList": [{"name": one.name, "type": one.type} for one in workloads][:_DETAILS],
    }
    return {"awsEksMetadataDetails": eks}
