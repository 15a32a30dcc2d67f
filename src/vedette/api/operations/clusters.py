"""Where an image runs (Inspector2 API: GetClustersForImage)."""

from collections.abc import Iterable, Mapping
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
        why="ECS clusters; pods of EKS are known to the cluster's own API alone, which is not asked",
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
    return {"clusterArn": arn, "clusterDetails": [_detail(use) for use in uses][:_DETAILS]}


def _detail(use: ImageUse) -> Output:
    return {
        "lastInUse": use.last_in_use,
        "runningUnitCount": use.running,
        "stoppedUnitCount": use.stopped,
        "clusterMetadata": {
            "awsEcsMetadataDetails": {
                "detailsGroup": use.group[:_GROUP] or "none",
                "taskDefinitionArn": use.task_definition,
            }
        },
    }
