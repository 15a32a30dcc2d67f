"""Which images run in EKS: a cluster's API is a real server with TLS, whose answers are as Kubernetes' documentation has them."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.app.test_accounts import OWN, SECOND
from tests.simulators.aws_wire import Wire, error, ok
from tests.simulators.certificates import make_certificate
from vedette.api.messages import Request
from vedette.api.sigv4 import check_signature, read_signature
from vedette.app.discovery.pods import Pods, look_at_pods
from vedette.app.discovery.scope import Place
from vedette.model.arn import Arn
from vedette.model.digest import digest_of
from vedette.model.image_use import ImageUse, Workload

pytestmark = pytest.mark.loopback

HERE = Place(account=OWN, region="eu-west-1")
NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)
CLUSTER = Arn(f"arn:aws:eks:eu-west-1:{OWN}:cluster/shop")
WEB, JOB = digest_of(b"web"), digest_of(b"job")
ECR = f"{SECOND}.dkr.ecr.eu-central-1.amazonaws.com"


class Kubernetes:
    """What a cluster answers, and what it was asked."""

    def __init__(self, authority: bytes) -> None:
        self.authority = authority
        self.url = ""
        self.pages: list[tuple[int, bytes]] = []
        self.asked: list[tuple[str, str]] = []

    def pods(self, *pages: list[dict[str, Any]]) -> None:
        """A list in so many pages."""
        for number, items in enumerate(pages, 1):
            place = {"continue": f"page-{number}"} if number < len(pages) else {}
            page = {"kind": "PodList", "metadata": place, "items": items}
            self.pages.append((200, json.dumps(page).encode()))

    def described(self, **more: Any) -> dict[str, Any]:
        """What EKS says of it."""
        data = base64.b64encode(self.authority).decode()
        told = {
            "name": "shop",
            "arn": str(CLUSTER),
            "endpoint": self.url,
            "certificateAuthority": {"data": data},
        }
        return {"cluster": {**told, **more}}


@contextmanager
def _serving(folder: Path) -> Iterator[Kubernetes]:
    public, private = make_certificate(folder)
    cluster = Kubernetes(public.read_bytes())

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cluster.asked.append((self.path, self.headers["authorization"]))
            status, body = cluster.pages[min(len(cluster.asked), len(cluster.pages)) - 1]
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    cluster.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def cluster(tmp_path: Path, wire: Wire) -> Iterator[Kubernetes]:
    with _serving(tmp_path) as served:
        wire.says("eks.ListClusters", ok({"clusters": ["shop"]}))
        wire.says("eks.DescribeCluster", ok(served.described()))
        yield served


def _pod(name: str, *images: str, owner: tuple[str, str] | None = None, **more: Any) -> Any:
    about: dict[str, Any] = {"name": name, "namespace": more.pop("namespace", "shop")}
    if owner is not None:
        kind, owned_by = owner
        about["ownerReferences"] = [
            {"kind": "Other", "name": "x"},
            {"kind": kind, "name": owned_by, "controller": True},
        ]
    if "hash" in more:
        about["labels"] = {"pod-template-hash": more.pop("hash")}
    statuses = [{"image": "x", "imageID": image} for image in images]
    return {
        "metadata": about,
        "status": {"phase": "Running", "containerStatuses": statuses, **more},
    }


def _use(digest: Any, workload: tuple[str, str, str], running: int, stopped: int) -> ImageUse:
    namespace, kind, name = workload
    return ImageUse(
        registry=SECOND,
        registry_region="eu-central-1",
        repository="team/web" if digest == WEB else "job",
        digest=digest,
        cluster=CLUSTER,
        group="",
        workload=Workload(namespace=namespace, type=kind, name=name),
        running=running,
        stopped=stopped,
        last_in_use=NOW,
    )


_WEB = f"{ECR}/team/web@{WEB}"
_JOB = f"docker-pullable://{ECR}/job@{JOB}"


def test_pods_are_counted_by_image_and_workload(wire: Wire, cluster: Kubernetes) -> None:
    web = ("ReplicaSet", "web-5d4f")
    cluster.pods(
        [
            _pod("web-1", _WEB, _WEB, "docker.io/nginx@sha256:" + "0" * 64, owner=web, hash="5d4f"),
            _pod("web-2", _WEB, owner=web, hash="5d4f", phase="Pending"),
        ],
        [
            _pod("nightly-1", _JOB, owner=("Job", "nightly"), phase="Succeeded"),
            _pod("nightly-2", _JOB, owner=("Job", "nightly"), phase="Failed"),
            _pod("alone", owner=None, initContainerStatuses=[{"imageID": _WEB}], namespace="dev"),
            _pod("old", _WEB, owner=("ReplicaSet", "bare")),
            _pod("pulling", "", "sha256:" + "0" * 64),
        ],
    )
    assert look_at_pods(wire.account(), HERE, now=NOW) == Pods(
        uses=(
            _use(JOB, ("shop", "Job", "nightly"), 0, 2),
            _use(WEB, ("dev", "Pod", "alone"), 1, 0),
            _use(WEB, ("shop", "Deployment", "web"), 2, 0),
            _use(WEB, ("shop", "ReplicaSet", "bare"), 1, 0),
        )
    )
    assert [path for path, _ in cluster.asked] == [
        "/api/v1/pods?limit=500",
        "/api/v1/pods?limit=500&continue=page-1",
    ]


def test_the_token_is_a_signed_question_who_asks(wire: Wire, cluster: Kubernetes) -> None:
    cluster.pods([])
    assert look_at_pods(wire.account(), HERE, now=NOW) == Pods()
    kind, _, token = cluster.asked[0][1].partition(" ")
    assert (kind, token[:11]) == ("Bearer", "k8s-aws-v1.")
    url = base64.urlsafe_b64decode(token[11:] + "=" * (-len(token[11:]) % 4)).decode()
    parts = urlsplit(url)
    assert parts.netloc == "sts.eu-west-1.amazonaws.com"
    query = parse_qs(parts.query)
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    # as STS checks what the cluster hands on
    request = Request(
        method="GET",
        path=parts.path,
        query=parts.query,
        headers=(("host", parts.netloc), ("x-k8s-aws-id", "shop")),
    )
    signature = read_signature(request)
    assert (signature.service, signature.region) == ("sts", "eu-west-1")
    check_signature(signature, request, "hush")


def test_in_china_the_question_is_for_its_own_sts(wire: Wire, cluster: Kubernetes) -> None:
    cluster.pods([])
    place = Place(account=OWN, region="cn-north-1", partition="aws-cn")
    look_at_pods(wire.account(), place, now=NOW)
    token = cluster.asked[0][1].removeprefix("Bearer k8s-aws-v1.")
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    assert url.startswith("https://sts.cn-north-1.amazonaws.com.cn/?")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"{}", "401"),
        (403, b"{}", "403"),
        (200, b"<html>", "Malformed"),
        (200, b'{"items": 1}', "Malformed"),
    ],
)
def test_a_cluster_that_does_not_say_is_not_known(
    wire: Wire, cluster: Kubernetes, status: int, body: bytes, code: str
) -> None:
    cluster.pages.append((status, body))
    found = look_at_pods(wire.account(), HERE, now=NOW)
    assert (found.uses, found.unseen) == ((), (CLUSTER,))
    (failure,) = found.failures
    assert (failure.account, failure.region, failure.code) == (OWN, "eu-west-1", code)
    assert failure.reason.startswith(f"{CLUSTER}: ")


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "http://127.0.0.1:1"},
        {"endpoint": "https://127.0.0.1:1"},
        {"certificateAuthority": {"data": "bm8="}},
        {"certificateAuthority": {"data": "?"}},
        {"certificateAuthority": {}},
        {"endpoint": None},
    ],
)
def test_a_cluster_that_cannot_be_asked_is_not_known(
    wire: Wire, cluster: Kubernetes, changed: dict[str, Any]
) -> None:
    cluster.pods([_pod("web-1", _WEB)])
    told = cluster.described(**changed)
    told["cluster"] = {name: one for name, one in told["cluster"].items() if one is not None}
    wire.says("eks.DescribeCluster", ok(told))
    found = look_at_pods(wire.account(), HERE, now=NOW)
    assert (found.uses, found.unseen) == ((), (CLUSTER,))
    assert len(found.failures) == 1
    assert cluster.asked == []


def test_another_authority_is_not_trusted(wire: Wire, cluster: Kubernetes, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    public, _ = make_certificate(folder)
    data = base64.b64encode(public.read_bytes()).decode()
    told = cluster.described(certificateAuthority={"data": data})
    wire.says("eks.DescribeCluster", ok(told))
    cluster.pods([_pod("web-1", _WEB)])
    found = look_at_pods(wire.account(), HERE, now=NOW)
    assert (found.uses, found.unseen, cluster.asked) == ((), (CLUSTER,), [])


def test_a_pod_that_cannot_be_understood_does_not_hide_the_others(
    wire: Wire, cluster: Kubernetes
) -> None:
    odd = {"metadata": {"name": 1}, "status": {}}
    cluster.pods([odd, _pod("alone", _WEB)])
    found = look_at_pods(wire.account(), HERE, now=NOW)
    assert found.uses == (_use(WEB, ("shop", "Pod", "alone"), 1, 0),)
    assert [one.code for one in found.failures] == ["Malformed"]
    assert found.unseen == ()


def test_where_clusters_are_not_listed_none_is_known(wire: Wire) -> None:
    wire.says("eks.ListClusters", error("AccessDeniedException", "not eks"))
    found = look_at_pods(wire.account(), HERE, now=NOW)
    assert found.unseen == (f"arn:aws:eks:eu-west-1:{OWN}:cluster/",)
    assert [(one.operation, one.code) for one in found.failures] == [
        ("eks:list_clusters", "AccessDeniedException")
    ]
