"""Taking one inventory: every reason for not doing so, and what is kept where a part fails."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest

from tests.app.test_accounts import OWN
from tests.app.test_discovery import FUNCTION, REPOSITORY
from tests.simulators.aws_wire import Answer, Reply, Wire, error, ok, rest_error
from tests.simulators.web import Web
from tests.sources.build import ImageBuilder, blob_path, encoded, gz, tar, zipped
from vedette.app.discovery.scope import Scope
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.take import Taken, take
from vedette.app.inventories.taken import Tools, fingerprint
from vedette.clients.aws import Account, Response
from vedette.clients.http import HttpClient
from vedette.model.arn import Arn
from vedette.model.digest import digest_of
from vedette.model.listening import Socket
from vedette.model.network import Transport
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    InstanceState,
    LambdaFunction,
    LocalTarget,
    Resource,
    ResourceRef,
    ResourceType,
    Tag,
)

REGION = "eu-west-1"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
EVERYTHING = Scope(regions=(REGION,))
SIGNED = "X-Amz-Signature=0123456789abcdef"
ENTRIES = "ssm.ListInventoryEntries"
MANAGED = {
    "InstanceId": "i-1",
    "PingStatus": "Online",
    "PlatformType": "Linux",
    "PlatformName": "Amazon Linux",
    "PlatformVersion": "2023",
}
BASH = {
    "Name": "bash",
    "Version": "5.2.15",
    "Release": "1.amzn2023",
    "Epoch": "0",
    "Architecture": "x86_64",
}


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "scratch"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []  # whatever happened, nothing stays


class Bench:
    """Takes inventories of one account."""

    def __init__(self, account: Account, scratch: Path, http: HttpClient) -> None:
        self._account = account
        self._scratch = Scratch(scratch, http)
        self.managed: dict[str, Response] | None = {"i-1": MANAGED}

    def take(
        self, resource: Resource, known: str | None = None, scope: Scope = EVERYTHING
    ) -> Taken:
        tools = Tools(
            accounts={OWN: self._account},
            managed={} if self.managed is None else {(OWN, REGION): self.managed},
            scratch=self._scratch,
            cache=None,
            now=NOW,
        )
        return take(resource, scope, tools, known)


@pytest.fixture
def bench(wire: Wire, scratch: Path) -> Iterator[Bench]:
    with HttpClient(sleep=lambda _: None) as http:
        yield Bench(wire.account(), scratch, http)


def _ref(kind: ResourceType, identity: str) -> ResourceRef:
    return ResourceRef(type=kind, id=identity, account=OWN, region=REGION)


def _instance(state: InstanceState = InstanceState.RUNNING) -> Resource:
    facts = Ec2Instance(instance_type="t3.micro", image_id=None, state=state, launched_at=None)
    return Resource(ref=_ref(ResourceType.EC2_INSTANCE, "i-1"), facts=facts)


# --- instances -----------------------------------------------------------------------------------------------------


def _entries(*entries: dict[str, str]) -> Reply:
    return ok({"Entries": entries, "SchemaVersion": "1.1", "CaptureTime": "2026-05-01T00:00:00Z"})


def test_an_instance_is_read_from_ssm(bench: Bench, wire: Wire) -> None:
    wire.says(ENTRIES, _entries(BASH))
    taken = bench.take(_instance())
    assert (taken.reason, taken.wanted, taken.reused) == ("SUCCESSFUL", True, False)
    assert taken.inventory is not None
    assert [one.name for one in taken.inventory.packages] == ["bash"]
    assert taken.content == taken.fingerprint is not None


def test_sockets_are_asked_for_where_a_tag_says_that_they_are_there(
    bench: Bench, wire: Wire
) -> None:
    socket = {"Protocol": "tcp", "Port": "443", "Program": "nginx"}
    tagged = msgspec.structs.replace(_instance(), tags=(Tag(key="vedette:sockets", value="ssm"),))
    wire.says(ENTRIES, _entries(BASH), _entries(socket))
    taken = bench.take(tagged)
    assert taken.inventory is not None
    assert taken.inventory.sockets == (Socket(transport=Transport.TCP, port=443, program="nginx"),)
    wire.says(ENTRIES, _entries(BASH), _entries())
    again = bench.take(tagged)
    assert again.inventory is not None
    assert again.inventory.sockets is None
    assert again.fingerprint != taken.fingerprint


def test_what_has_not_changed_is_not_read_again(bench: Bench, wire: Wire) -> None:
    wire.says(
        ENTRIES,
        _entries(BASH, {**BASH, "Name": "glibc"}),
        _entries({**BASH, "Name": "glibc"}, BASH),
    )
    first = bench.take(_instance())
    again = bench.take(_instance(), first.fingerprint)  # SSM's order is no difference
    assert (again.reused, again.inventory, again.reason) == (True, None, "SUCCESSFUL")
    assert again.content == first.content
    wire.says(ENTRIES, _entries({**BASH, "Version": "5.2.16"}))
    assert not bench.take(_instance(), first.fingerprint).reused


@pytest.mark.parametrize("change", [{"PlatformVersion": "2"}, {"PlatformName": "Ubuntu"}])
def test_another_platform_is_another_inventory(
    bench: Bench, wire: Wire, change: dict[str, str]
) -> None:
    wire.says(ENTRIES, _entries(BASH))
    first = bench.take(_instance())
    bench.managed = {"i-1": {**MANAGED, **change}}
    assert not bench.take(_instance(), first.fingerprint).reused


@pytest.mark.parametrize(
    ("state", "managed", "entries", "reason"),
    [
        (InstanceState.STOPPED, {"i-1": MANAGED}, [BASH], "EC2_INSTANCE_STOPPED"),
        (InstanceState.PENDING, {"i-1": MANAGED}, [BASH], "EC2_INSTANCE_STOPPED"),
        (InstanceState.RUNNING, None, [BASH], "ACCESS_DENIED"),
        (InstanceState.RUNNING, {}, [BASH], "UNMANAGED_EC2_INSTANCE"),
        (
            InstanceState.RUNNING,
            {"i-1": {**MANAGED, "PingStatus": "ConnectionLost"}},
            [BASH],
            "STALE_INVENTORY",
        ),
        (
            InstanceState.RUNNING,
            {"i-1": {**MANAGED, "PingStatus": "Inactive"}},
            [BASH],
            "STALE_INVENTORY",
        ),
        (InstanceState.RUNNING, {"i-1": MANAGED}, [], "NO_INVENTORY"),
    ],
)
def test_why_an_instance_is_not_read(
    bench: Bench,
    wire: Wire,
    state: InstanceState,
    managed: dict[str, Response] | None,
    entries: list[dict[str, str]],
    reason: str,
) -> None:
    wire.says(ENTRIES, _entries(*entries))
    bench.managed = managed
    taken = bench.take(_instance(state))
    assert (taken.reason, taken.inventory, taken.fingerprint) == (reason, None, None)
    assert taken.wanted
    assert taken.detail


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDeniedException", "ACCESS_DENIED"),
        ("InternalServerError", "INTERNAL_ERROR"),
        ("ThrottlingException", "INTERNAL_ERROR"),
    ],
)
def test_a_refusal_is_told_and_nothing_is_read(
    bench: Bench, wire: Wire, code: str, reason: str
) -> None:
    wire.says(ENTRIES, error(code, "no"))
    taken = bench.take(_instance(), "known")
    assert (taken.reason, taken.inventory, taken.reused) == (reason, None, False)
    assert taken.detail == f"ssm:list_inventory_entries: {code}: no"


def test_what_the_tags_leave_out_is_not_looked_at(bench: Bench, wire: Wire) -> None:
    taken = bench.take(_instance(), scope=Scope(regions=(), tags=(Tag(key="a", value="b"),)))
    assert (taken.reason, taken.wanted, taken.inventory) == ("EXCLUDED_BY_TAG", False, None)
    assert wire.requests == []


def test_a_local_target_is_scanned_by_hand(bench: Bench) -> None:
    local = Resource(ref=_ref(ResourceType.LOCAL, "/"), facts=LocalTarget(kind="rootfs"))
    assert bench.take(local).reason == "RESOURCE_UNMANAGED"


def test_entries_that_are_no_packages_are_failures_and_are_judged_anew_when_they_are_mended(
    bench: Bench, wire: Wire
) -> None:
    wire.says(ENTRIES, _entries(BASH, *({"Name": f"odd{number}"} for number in range(5))))
    taken = bench.take(_instance())
    assert taken.reason == "INTERNAL_ERROR"
    assert taken.detail.count("odd") == 3
    assert taken.detail.endswith("and 2 more")
    assert taken.inventory is not None
    assert len(taken.inventory.packages) == 1
    assert taken.content != taken.fingerprint


# --- images --------------------------------------------------------------------------------------------------------

LAYER = tar(
    {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": b"Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n",
    }
)


class Ecr:
    """A repository with one image, whose blobs a web server has."""

    def __init__(self, wire: Wire, web: Web, layers: tuple[bytes, ...] = (LAYER,)) -> None:
        self.builder = ImageBuilder()
        self.manifest = self.builder.manifest(layers)
        self.layers = [one["digest"] for one in json.loads(self.manifest)["layers"]]
        self.wire = wire
        self.web = web
        for path, data in self.builder.files.items():
            web.documents[f"/{path}"] = data
        self.answers()

    def answers(self, manifest: bytes | None = None) -> None:
        found = {"imageManifest": (manifest or self.manifest).decode()}
        self.wire.says("ecr.BatchGetImage", ok({"images": [found], "failures": []}))
        self.wire.says("ecr.GetDownloadUrlForLayer", self._url)

    def _url(self, request: AWSPreparedRequest) -> Answer:
        digest = msgspec.json.decode(request.body)["layerDigest"]  # type: ignore[arg-type]  # bytes
        return ok({"downloadUrl": f"{self.web.url}/{blob_path(digest)}?{SIGNED}"})

    def image(self, manifest: bytes | None = None, **facts: Any) -> Resource:
        digest = digest_of(manifest or self.manifest)
        return Resource(
            ref=_ref(ResourceType.ECR_CONTAINER_IMAGE, f"{REPOSITORY}/{digest}"),
            facts=ContainerImage(repository="shop", digest=digest, **facts),
        )


@pytest.fixture
def ecr(wire: Wire, web: Web) -> Ecr:
    return Ecr(wire, web)


def test_an_image_is_read_from_its_layers(bench: Bench, ecr: Ecr) -> None:
    taken = bench.take(ecr.image())
    assert taken.reason == "SUCCESSFUL", taken.detail
    assert taken.inventory is not None
    assert taken.inventory.distro is not None
    assert [one.name for one in taken.inventory.packages] == ["bash"]


def test_an_image_that_is_known_is_not_even_asked_for(bench: Bench, ecr: Ecr) -> None:
    first = bench.take(ecr.image())
    asked = len(ecr.wire.requests)
    assert bench.take(ecr.image(), first.fingerprint).reused
    assert len(ecr.wire.requests) == asked


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ],
)
def test_what_is_no_image_by_its_manifests_type_is_not_fetched(
    bench: Bench, ecr: Ecr, media_type: str
) -> None:
    taken = bench.take(ecr.image(media_type=media_type))
    assert taken.reason == "UNSUPPORTED_MEDIA_TYPE"
    assert ecr.wire.requests == []


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            {"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}},
            "no image but application/vnd.cncf.helm",
        ),
        (
            {"config": {"mediaType": "application/vnd.oci.empty.v1+json"}},
            "no image but application/vnd.oci.empty",
        ),
        (
            {"mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []},
            "an image index",
        ),
    ],
)
def test_what_is_no_image_by_its_content_is_no_error(
    bench: Bench, ecr: Ecr, document: dict[str, Any], told: str
) -> None:
    if "config" in document:
        document["config"]["digest"] = digest_of(b"{}")
    manifest = encoded({"schemaVersion": 2, "layers": [], **document})
    ecr.answers(manifest)
    taken = bench.take(ecr.image(manifest))
    assert (taken.reason, taken.inventory) == ("UNSUPPORTED_MEDIA_TYPE", None)
    assert told in taken.detail


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (b"no json", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"config": {"digest": "sha256:short"}}', "not a digest"),
        (b'{"mediaType": 7}', "cannot be read"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_an_error(
    bench: Bench, ecr: Ecr, manifest: bytes, told: str
) -> None:
    ecr.answers(manifest)
    taken = bench.take(ecr.image(manifest))
    assert (taken.reason, taken.inventory) == ("INTERNAL_ERROR", None)
    assert told in taken.detail


def test_another_manifest_than_was_asked_for_is_refused(bench: Bench, ecr: Ecr) -> None:
    ecr.answers(ecr.manifest + b" ")
    taken = bench.take(ecr.image())
    assert taken.reason == "INTERNAL_ERROR"
    assert "ECR gave another manifest than sha256:" in taken.detail


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            {"images": [], "failures": [{"failureReason": "Requested image not found"}]},
            "ImageNotFound: Requested image",
        ),
        ({}, "no such image"),
        ({"images": [{}]}, "another manifest"),
    ],
)
def test_an_image_that_ecr_does_not_give(
    bench: Bench, ecr: Ecr, answer: dict[str, Any], told: str
) -> None:
    ecr.wire.says("ecr.BatchGetImage", ok(answer))
    taken = bench.take(ecr.image())
    assert taken.reason == "INTERNAL_ERROR"
    assert told in taken.detail


@pytest.mark.parametrize("answer", [{}, {"downloadUrl": ""}, {"downloadUrl": "ftp://x/y"}])
def test_a_download_without_a_usable_url_is_an_error(
    bench: Bench, ecr: Ecr, answer: dict[str, str]
) -> None:
    ecr.wire.says("ecr.GetDownloadUrlForLayer", ok(answer))
    taken = bench.take(ecr.image())
    assert (taken.reason, taken.inventory) == ("INTERNAL_ERROR", None)


def test_a_denied_layer_is_told_as_denied(bench: Bench, ecr: Ecr) -> None:
    ecr.wire.says("ecr.GetDownloadUrlForLayer", error("AccessDeniedException", "no"))
    assert bench.take(ecr.image()).reason == "ACCESS_DENIED"


@pytest.mark.parametrize("trouble", ["missing", "wrong", "forbidden", "cut"])
def test_a_signed_url_is_in_no_message(bench: Bench, ecr: Ecr, trouble: str) -> None:
    for path in [*ecr.web.documents]:
        match trouble:
            case "missing":
                del ecr.web.documents[path]
            case "wrong":
                ecr.web.documents[path] = b"other"
            case "forbidden":
                ecr.web.statuses[path] = [(403, {})] * 20
            case _:
                ecr.web.cuts[path] = [1] * 20
    taken = bench.take(ecr.image())
    assert taken.reason == "INTERNAL_ERROR"
    assert taken.detail
    everything = repr(msgspec.to_builtins(taken))
    assert "Signature" not in everything
    assert "0123456789abcdef" not in everything


def test_one_layer_that_fails_is_a_failure_and_the_others_are_read(
    bench: Bench, wire: Wire, web: Web
) -> None:
    ecr = Ecr(wire, web, (LAYER, tar({"etc/motd": b"hello"})))
    web.documents[f"/{blob_path(ecr.layers[1])}"] = b"other"
    taken = bench.take(ecr.image())
    assert taken.reason == "INTERNAL_ERROR"
    assert taken.inventory is not None
    assert [one.name for one in taken.inventory.packages] == ["bash"]
    assert len(taken.inventory.failures) == 1
    assert "Signature" not in repr(taken.inventory)
    assert "scratch" not in repr(taken.inventory)


# --- functions -----------------------------------------------------------------------------------------------------


def _base64(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


WHEEL = b"Metadata-Version: 2.1\nName: requests\nVersion: 2.19.0\n"
CODE = zipped({"requests-2.19.0.dist-info/METADATA": WHEEL, "app.py": b"pass\n"})
EXTRA = zipped(
    {
        "python/flask-0.12.dist-info/METADATA": WHEEL.replace(b"requests", b"flask").replace(
            b"2.19.0", b"0.12"
        )
    }
)
LAYERS = tuple(Arn(f"arn:aws:lambda:{REGION}:{OWN}:layer:deps:{number}") for number in (1, 2))


def _function(sha256: str = _base64(CODE), layers: tuple[Arn, ...] = (), **facts: Any) -> Resource:
    return Resource(
        ref=_ref(ResourceType.LAMBDA_FUNCTION, f"{FUNCTION}:$LATEST"),
        facts=LambdaFunction(
            name="hook",
            runtime="python3.12",
            architectures=("x86_64",),
            code_sha256=sha256,
            version="$LATEST",
            layers=layers,
            **facts,
        ),
    )


@pytest.fixture
def lambdas(wire: Wire, web: Web) -> Wire:
    web.documents |= {"/code": CODE, "/layer": EXTRA, "/junk": b"no zip"}
    wire.says("lambda.GetFunction", ok({"Code": {"Location": f"{web.url}/code?{SIGNED}"}}))
    content = {"Location": f"{web.url}/layer?{SIGNED}", "CodeSha256": _base64(EXTRA)}
    wire.says("lambda.GetLayerVersionByArn", ok({"Content": content}))
    return wire


def _names(taken: Taken) -> list[str]:
    assert taken.inventory is not None, taken.detail
    return [one.name for one in taken.inventory.packages]


def test_a_function_is_read_with_its_layers(bench: Bench, lambdas: Wire) -> None:
    taken = bench.take(_function(layers=LAYERS[:1]))
    assert (taken.reason, _names(taken)) == ("SUCCESSFUL", ["flask", "requests"])
    (asked,) = lambdas.asked("lambda.GetFunction")
    assert "hook" in str(asked.url)
    assert "LATEST" not in str(asked.url)


def test_a_function_of_an_image_is_scanned_in_ecr(bench: Bench, lambdas: Wire) -> None:
    taken = bench.take(_function(package_type="Image"))
    assert (taken.reason, lambdas.requests) == ("UNSUPPORTED_CODE_ARTIFACTS", [])


def test_a_layer_that_cannot_be_fetched_is_a_failure_and_the_rest_is_kept(
    bench: Bench, lambdas: Wire, web: Web
) -> None:
    content = {"Location": f"{web.url}/layer?{SIGNED}", "CodeSha256": _base64(EXTRA)}
    lambdas.says(
        "lambda.GetLayerVersionByArn",
        rest_error("AccessDeniedException", "another account's", 403),
        ok({"Content": content}),
    )
    taken = bench.take(_function(layers=LAYERS))
    assert taken.reason == "INTERNAL_ERROR"
    assert _names(taken) == ["flask", "requests"]
    assert taken.inventory is not None
    (failure,) = taken.inventory.failures
    assert (failure.extractor, failure.path) == ("lambda-layer", LAYERS[0])
    assert "another account's" in failure.reason
    assert taken.content != taken.fingerprint


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Content": {}},
        {"Content": {"Location": 7, "CodeSha256": "x"}},
        {"Content": {"Location": "%URL%/layer", "CodeSha256": "no base64!"}},
        {"Content": {"Location": "%URL%/layer", "CodeSha256": "ä"}},
        {"Content": {"Location": "%URL%/layer", "CodeSha256": "q83v"}},
        {"Content": {"Location": "%URL%/layer", "CodeSha256": _base64(b"other")}},
        {"Content": {"Location": "%URL%/missing", "CodeSha256": _base64(EXTRA)}},
        {"Content": {"Location": "%URL%/junk", "CodeSha256": _base64(b"no zip")}},
    ],
)
def test_an_odd_layer_is_a_failure_and_the_rest_is_kept(
    bench: Bench, lambdas: Wire, web: Web, answer: dict[str, Any]
) -> None:
    text = json.dumps(answer).replace("%URL%", web.url)
    lambdas.says("lambda.GetLayerVersionByArn", (200, {}, text.encode()))
    taken = bench.take(_function(layers=LAYERS[:1]))
    assert taken.reason == "INTERNAL_ERROR"
    assert _names(taken) == ["requests"]
    assert taken.inventory is not None
    (failure,) = taken.inventory.failures
    assert failure.path == LAYERS[0]
    assert "scratch" not in failure.reason


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({}, "Malformed"),
        ({"Code": {"RepositoryType": "S3"}}, "Malformed"),
        ({"Code": {"Location": "%URL%/missing"}}, "404"),
        ({"Code": {"Location": "%URL%/layer"}}, "checksum"),
    ],
)
def test_a_function_whose_code_is_not_given_is_an_error(
    bench: Bench, lambdas: Wire, web: Web, answer: dict[str, Any], told: str
) -> None:
    text = json.dumps(answer).replace("%URL%", web.url)
    lambdas.says("lambda.GetFunction", (200, {}, text.encode()))
    taken = bench.take(_function())
    assert (taken.reason, taken.inventory) == ("INTERNAL_ERROR", None)
    assert told in taken.detail


@pytest.mark.parametrize("sha256", ["", "x", "ä", "q83v"])
def test_a_hash_that_is_none_is_an_error(bench: Bench, lambdas: Wire, sha256: str) -> None:
    taken = bench.take(_function(sha256))
    assert (taken.reason, taken.inventory) == ("INTERNAL_ERROR", None)
    assert "not a hash" in taken.detail
    assert lambdas.requests  # the hash is Lambda's own word


def test_code_that_is_no_zip_is_an_error(bench: Bench, lambdas: Wire, web: Web) -> None:
    lambdas.says("lambda.GetFunction", ok({"Code": {"Location": f"{web.url}/junk?{SIGNED}"}}))
    taken = bench.take(_function(_base64(b"no zip")))
    assert (taken.reason, taken.inventory) == ("INTERNAL_ERROR", None)
    assert taken.detail.startswith(f"{FUNCTION}:$LATEST: ")
    assert "scratch" not in taken.detail


def test_a_fingerprint_is_of_content_and_readers() -> None:
    ref = _ref(ResourceType.LAMBDA_FUNCTION, "f")
    others = {
        fingerprint(ref, "a"),
        fingerprint(ref, "a", "b"),
        fingerprint(ref, "b"),
        fingerprint(_ref(ResourceType.LAMBDA_FUNCTION, "g"), "a"),
    }
    assert len(others) == 4
    assert fingerprint(ref, "a\udc80") != fingerprint(ref, "a")
    assert fingerprint(ref, gz(b"").hex()) == fingerprint(ref, gz(b"").hex())
