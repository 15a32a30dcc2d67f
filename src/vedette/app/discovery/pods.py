"""Which images run in EKS clusters: their pods, as each cluster's own API lists them.

AWS's APIs know clusters, not pods. The role that looks must be let in by each cluster: an access entry with a policy that reads
pods (EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries"). A cluster that does not answer is not known to run nothing.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import msgspec

from vedette.app.discovery.accounts import failure_of, malformed
from vedette.app.discovery.clusters import image_in_ecr
from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.clients.kubernetes import Access, listed, token_of
from vedette.errors import ParseError, ServiceError
from vedette.model.arn import Arn, parse_arn
from vedette.model.coverage import ScopeFailure
from vedette.model.digest import parse_digest
from vedette.model.image_use import ImageUse, Workload

_PODS = "/api/v1/pods"
_OPERATION = "eks: list pods"
_OVER = frozenset({"Succeeded", "Failed"})
_MOST_FAULTS = 20
_HASH = "pod-template-hash"
_DIGEST = re.compile(r"(?:[a-z-]+://)?(?P<image>.+)@(?P<digest>sha256:[0-9a-f]{64})")
"""`imageID` as container runtimes write it: `[docker-pullable://]NAME@DIGEST`."""


class _Owner(msgspec.Struct):
    kind: str = ""
    name: str = ""
    controller: bool = False


class _About(msgspec.Struct, rename="camel"):
    name: str
    namespace: str
    labels: dict[str, str] | None = None
    owner_references: list[_Owner] | None = None


class _Container(msgspec.Struct):
    image_id: str = msgspec.field(default="", name="imageID")


class _Status(msgspec.Struct, rename="camel"):
    phase: str = ""
    container_statuses: list[_Container] | None = None
    init_container_statuses: list[_Container] | None = None
    ephemeral_container_statuses: list[_Container] | None = None


class _Pod(msgspec.Struct):
    metadata: _About
    status: _Status


class _Cluster(msgspec.Struct, rename="camel"):
    arn: str
    name: str
    endpoint: str
    certificate_authority: dict[str, str]


class Pods(msgspec.Struct, frozen=True, kw_only=True):
    """What runs in the EKS clusters of a place.

    `unseen` are ARNs, or what they begin with, of clusters that did not say.
    """

    uses: tuple[ImageUse, ...] = ()
    failures: tuple[ScopeFailure, ...] = ()
    unseen: tuple[str, ...] = ()


def look_at_pods(account: Account, place: Place, *, now: datetime) -> Pods:
    """What runs in every cluster; nothing is raised."""
    try:
        names = account.listing("eks", "list_clusters", "clusters", place.region)
    except ServiceError as error:
        every = f"arn:{place.partition}:eks:{place.region}:{place.account}:cluster/"
        return Pods(failures=(failure_of(error, place.account, place.region),), unseen=(every,))
    uses: list[ImageUse] = []
    failures: list[ScopeFailure] = []
    unseen: list[str] = []
    for name in names:
        arn = f"arn:{place.partition}:eks:{place.region}:{place.account}:cluster/{name}"
        try:
            found, faults = _in_cluster(account, place, str(name), now)
            uses.extend(found)
            failures.extend(
                malformed(one.within(arn), place.account, place.region, _OPERATION)
                for one in faults
            )
        except ServiceError as error:
            failures.append(failure_of(_at(error, arn), place.account, place.region))
            unseen.append(arn)
        except ParseError as error:
            told = error.within(arn)
            failures.append(malformed(told, place.account, place.region, _OPERATION))
            unseen.append(arn)
    return Pods(uses=tuple(uses), failures=tuple(failures), unseen=tuple(unseen))


def _at(error: ServiceError, arn: str) -> ServiceError:
    return ServiceError(
        f"{arn}: {error.reason}",
        service=error.service,
        operation=error.operation,
        code=error.code,
    )


def _in_cluster(
    account: Account, place: Place, name: str, now: datetime
) -> tuple[list[ImageUse], list[ParseError]]:
    """What runs in a cluster, and the first pods that cannot be understood."""
    answer = account.call("eks", "describe_cluster", place.region, name=name)
    cluster = _converted(answer)
    access = Access(
        endpoint=cluster.endpoint,
        authority=_authority(cluster),
        token=token_of(account, place.region, cluster.name),
    )
    arn = parse_arn(cluster.arn)
    running: Counter[ImageUse] = Counter()
    stopped: Counter[ImageUse] = Counter()
    faults: list[ParseError] = []
    for item in listed(access, _PODS):
        try:
            pod = _read(item)
            (stopped if pod.status.phase in _OVER else running).update(_uses(pod, arn, now))
        except ParseError as error:
            if len(faults) < _MOST_FAULTS:
                faults.append(error)
    counted = [
        msgspec.structs.replace(use, running=running[use], stopped=stopped[use])
        for use in sorted({*running, *stopped})
    ]
    return counted, faults


def _converted(answer: Response) -> _Cluster:
    try:
        cluster = msgspec.convert(answer.get("cluster"), _Cluster)
    except msgspec.ValidationError as error:
        raise ParseError(str(error), "a cluster") from error
    if not cluster.endpoint.startswith("https://"):
        raise ParseError(f"{cluster.endpoint!r} is not asked", "endpoint")
    return cluster


def _authority(cluster: _Cluster) -> str:
    try:
        data = base64.b64decode(cluster.certificate_authority.get("data", ""), validate=True)
        return data.decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ParseError(str(error), "certificateAuthority") from error


def _read(item: bytes) -> _Pod:
    try:
        return msgspec.json.decode(item, type=_Pod)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(str(error), "a pod") from error


def _uses(pod: _Pod, cluster: Arn, now: datetime) -> Iterator[ImageUse]:
    """The images of a pod, each once; none for containers that have not pulled theirs yet."""
    status = pod.status
    containers = (
        *(status.container_statuses or ()),
        *(status.init_container_statuses or ()),
        *(status.ephemeral_container_statuses or ()),
    )
    workload = _workload(pod.metadata)
    for identity in sorted({one.image_id for one in containers}):
        found = _DIGEST.fullmatch(identity)
        place = None if found is None else image_in_ecr(found["image"])
        if found is None or place is None:
            continue
        yield ImageUse(
            registry=place.account,
            registry_region=place.region,
            repository=place.repository,
            digest=parse_digest(found["digest"]),
            cluster=cluster,
            group="",
            workload=workload,
            running=0,
            stopped=0,
            last_in_use=now,
        )


def _workload(about: _About) -> Workload:
    """Whose pod it is; a ReplicaSet's name is its Deployment's and the hash that its pods are labelled with."""
    owner = next((one for one in about.owner_references or () if one.controller), None)
    if owner is None:
        return Workload(namespace=about.namespace, type="Pod", name=about.name)
    suffix = f"-{(about.labels or {}).get(_HASH, '')}"
    if owner.kind == "ReplicaSet" and len(suffix) > 1 and owner.name.endswith(suffix):
        name = owner.name.removesuffix(suffix)
        return Workload(namespace=about.namespace, type="Deployment", name=name)
    return Workload(namespace=about.namespace, type=owner.kind, name=owner.name)
