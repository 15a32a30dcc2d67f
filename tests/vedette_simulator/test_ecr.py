"""ECR: what is pushed is what is described and what is fetched, to the byte."""

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

import httpx
import pytest
import zstandard
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal

pytestmark = pytest.mark.loopback

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _fetch(ecr: Any, repository: str, digest: str) -> bytes:
    given = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)
    assert given["layerDigest"] == digest
    answer = httpx.get(given["downloadUrl"])
    assert answer.status_code == 200
    return answer.content


def _image(ecr: Any, repository: str, tag: str) -> tuple[str, dict[str, Any]]:
    found = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    assert found["failures"] == []
    image = found["images"][0]
    assert image["imageManifestMediaType"] == MANIFEST
    assert image["imageId"]["imageDigest"] == _digest(image["imageManifest"].encode())
    return image["imageId"]["imageDigest"], json.loads(image["imageManifest"])


def _members(packed: bytes, media_type: str) -> tuple[bytes, dict[str, bytes]]:
    if media_type.endswith("zstd"):
        plain = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    else:
        plain = gzip.decompress(packed)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        files = {}
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name] = content.read()
    return plain, files


def test_an_image_is_whole_and_its_digests_are_true(aws: Aws) -> None:
    ecr = aws("ecr", "workloads")
    digest, manifest = _image(ecr, "shop/api", "1.4.0")
    config = json.loads(_fetch(ecr, "shop/api", manifest["config"]["digest"]))
    assert [layer["mediaType"].rpartition("+")[2] for layer in manifest["layers"]] == [
        "gzip",
        "gzip",
        "zstd",
    ]
    layers: list[dict[str, bytes]] = []
    for layer, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
        packed = _fetch(ecr, "shop/api", layer["digest"])
        assert (_digest(packed), len(packed)) == (layer["digest"], layer["size"])
        plain, files = _members(packed, layer["mediaType"])
        assert _digest(plain) == diff_id
        layers.append(files)
    base, application, deletions = layers
    assert b'VERSION_ID="12"' in base["etc/os-release"]
    assert b"Package: libssl3\nStatus: install ok installed\n" in base["var/lib/dpkg/status"]
    assert b"Source: openssl\n" in base["var/lib/dpkg/status"]
    packages = "usr/local/lib/python3.11/site-packages"
    assert (
        b"Name: Django\nVersion: 3.2.18\n"
        in application[f"{packages}/Django-3.2.18.dist-info/METADATA"]
    )
    assert f"{packages}/Pillow-9.3.0.dist-info/METADATA" in application
    assert deletions[f"{packages}/.wh.Pillow-9.3.0.dist-info"] == b""
    assert deletions["srv/shop/.wh..wh..opq"] == b""
    details = ecr.describe_images(repositoryName="shop/api", imageIds=[{"imageDigest": digest}])
    detail = details["imageDetails"][0]
    assert detail["imageSizeInBytes"] == manifest["config"]["size"] + sum(
        layer["size"] for layer in manifest["layers"]
    )
    assert (detail["imageTags"], detail["imageManifestMediaType"]) == (["1.4.0"], MANIFEST)


def test_an_alpine_image_has_its_database_and_node_modules(aws: Aws) -> None:
    ecr = aws("ecr", "workloads")
    _, manifest = _image(ecr, "shop/frontend", "latest")
    base, modules, pruned = (
        _members(_fetch(ecr, "shop/frontend", layer["digest"]), layer["mediaType"])[1]
        for layer in manifest["layers"]
    )
    assert b"P:libcrypto3\nV:3.1.0-r4\nA:x86_64\n" in base["lib/apk/db/installed"]
    assert json.loads(modules["app/node_modules/lodash/package.json"])["version"] == "4.17.20"
    assert list(pruned) == ["app/node_modules/.wh.minimist"]


def test_images_are_listed_in_pages(aws: Aws) -> None:
    ecr = aws("ecr", "workloads")
    pages = ecr.get_paginator("describe_images").paginate(
        repositoryName="shop/api", PaginationConfig={"PageSize": 1}
    )
    assert [[image["imageTags"] for image in page["imageDetails"]] for page in pages][:2] == [
        [["1.4.0"]],
        [["1.5.0", "latest"]],
    ]
    ids = ecr.list_images(repositoryName="shop/frontend")["imageIds"]
    assert sorted(item["imageTag"] for item in ids) == ["2.0.1", "latest"]
    found = ecr.list_images(repositoryName="shop/frontend", filter={"tagStatus": "UNTAGGED"})
    assert found["imageIds"] == []


def test_repositories_have_their_tags(aws: Aws) -> None:
    ecr = aws("ecr", "workloads")
    found = {item["repositoryName"]: item for item in ecr.describe_repositories()["repositories"]}
    assert {"shop/api", "shop/frontend"} <= set(found)
    arn = found["shop/api"]["repositoryArn"]
    assert arn == "arn:aws:ecr:eu-central-1:222222222222:repository/shop/api"
    tags = ecr.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"vedette": "scan", "team": "shop"}
    assert [
        item["repositoryName"]
        for item in aws("ecr", "data").describe_repositories()["repositories"]
    ] == ["ledger/importer"]


def test_a_range_of_a_layer_can_be_fetched(aws: Aws) -> None:
    ecr = aws("ecr", "workloads")
    _, manifest = _image(ecr, "shop/api", "latest")
    layer = manifest["layers"][0]
    url = ecr.get_download_url_for_layer(repositoryName="shop/api", layerDigest=layer["digest"])[
        "downloadUrl"
    ]
    whole = httpx.get(url).content

    def ranged(text: str) -> tuple[int, bytes]:
        answer = httpx.get(url, headers={"Range": text})
        return answer.status_code, answer.content

    assert ranged("bytes=10-19") == (206, whole[10:20])
    assert ranged("bytes=100-") == (206, whole[100:])
    assert ranged("bytes=-7") == (206, whole[-7:])
    assert ranged(f"bytes=0-{len(whole) * 2}") == (206, whole)
    assert ranged(f"bytes={len(whole)}-")[0] == 416
    assert ranged("lines=1-2") == (200, whole)
    head = httpx.head(url)
    assert (head.status_code, int(head.headers["Content-Length"])) == (200, len(whole))


def test_what_is_not_there_is_refused(aws: Aws) -> None:
    ecr = aws("ecr", "workloads")
    nothing = "sha256:" + "0" * 64
    with pytest.raises(ClientError) as error:
        ecr.describe_images(repositoryName="no/such")
    assert refusal(error)[0] == "RepositoryNotFoundException"
    with pytest.raises(ClientError) as error:
        ecr.describe_images(repositoryName="shop/api", imageIds=[{"imageDigest": nothing}])
    assert refusal(error)[0] == "ImageNotFoundException"
    with pytest.raises(ClientError) as error:
        ecr.get_download_url_for_layer(repositoryName="shop/api", layerDigest=nothing)
    assert refusal(error)[0] == "LayersNotFoundException"
    found = ecr.batch_get_image(repositoryName="shop/api", imageIds=[{"imageTag": "none"}])
    assert [failure["failureCode"] for failure in found["failures"]] == ["ImageNotFound"]
    # a layer belongs to its repository, and a repository to its account
    _, manifest = _image(ecr, "shop/frontend", "latest")
    with pytest.raises(ClientError):
        ecr.get_download_url_for_layer(
            repositoryName="shop/api", layerDigest=manifest["layers"][0]["digest"]
        )
    with pytest.raises(ClientError):
        aws("ecr", "data").describe_images(repositoryName="shop/api")


def _upload(ecr: Any, repository: str, data: bytes) -> str:
    upload_id = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    half = len(data) // 2
    for first, part in ((0, data[:half]), (half, data[half:])):
        ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=upload_id,
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    completed = ecr.complete_layer_upload(
        repositoryName=repository, uploadId=upload_id, layerDigests=[_digest(data)]
    )
    digest: str = completed["layerDigest"]
    return digest


def _manifest(config: bytes, layer: bytes, note: str = "") -> str:
    def descriptor(kind: str, data: bytes) -> dict[str, Any]:
        return {
            "mediaType": f"application/vnd.oci.image.{kind}",
            "digest": _digest(data),
            "size": len(data),
        }

    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("config.v1+json", config),
            "layers": [descriptor("layer.v1.tar+gzip", layer)],
            "annotations": {"note": note},
        }
    )


def test_a_push_by_the_api_can_be_pulled(aws: Aws) -> None:
    ecr = aws("ecr", "data", "us-east-1")
    ecr.create_repository(repositoryName="pushed")
    config, layer = b'{"architecture":"arm64"}', gzip.compress(b"not a tar, but bytes", mtime=0)
    first = _manifest(config, layer)
    with pytest.raises(ClientError) as error:
        ecr.put_image(repositoryName="pushed", imageManifest=first, imageTag="a")
    assert refusal(error)[0] == "LayersNotFoundException"
    for data in (config, layer):
        assert _upload(ecr, "pushed", data) == _digest(data)
    known = ecr.batch_check_layer_availability(
        repositoryName="pushed", layerDigests=[_digest(layer), "sha256:" + "1" * 64]
    )["layers"]
    assert [item["layerAvailability"] for item in known] == ["AVAILABLE", "UNAVAILABLE"]
    with pytest.raises(ClientError) as error:
        _upload(ecr, "pushed", layer)
    assert refusal(error)[0] == "LayerAlreadyExistsException"
    pushed = ecr.put_image(repositoryName="pushed", imageManifest=first, imageTag="a")["image"]
    assert pushed["imageId"]["imageDigest"] == _digest(first.encode())
    assert _fetch(ecr, "pushed", _digest(layer)) == layer
    with pytest.raises(ClientError) as error:
        ecr.put_image(repositoryName="pushed", imageManifest=first, imageTag="a")
    assert refusal(error)[0] == "ImageAlreadyExistsException"
    # a tag moves, and the image that had it stays without one
    second = _manifest(config, layer, "second")
    ecr.put_image(repositoryName="pushed", imageManifest=second, imageTag="a")
    details = ecr.describe_images(repositoryName="pushed")["imageDetails"]
    assert {item["imageDigest"]: item.get("imageTags", []) for item in details} == {
        _digest(first.encode()): [],
        _digest(second.encode()): ["a"],
    }
    with pytest.raises(ClientError) as error:
        ecr.delete_repository(repositoryName="pushed")
    assert refusal(error)[0] == "RepositoryNotEmptyException"
    deleted = ecr.batch_delete_image(
        repositoryName="pushed",
        imageIds=[{"imageTag": "a"}, {"imageDigest": _digest(first.encode())}, {"imageTag": "b"}],
    )
    assert [len(deleted["imageIds"]), len(deleted["failures"])] == [2, 1]
    ecr.delete_repository(repositoryName="pushed")


def test_an_immutable_tag_does_not_move(aws: Aws) -> None:
    ecr = aws("ecr", "data", "us-east-1")
    ecr.create_repository(repositoryName="frozen", imageTagMutability="IMMUTABLE")
    config, layer = b"{}", b"layer"
    for data in (config, layer):
        _upload(ecr, "frozen", data)
    ecr.put_image(
        repositoryName="frozen", imageManifest=_manifest(config, layer, "1"), imageTag="v"
    )
    with pytest.raises(ClientError) as error:
        ecr.put_image(
            repositoryName="frozen", imageManifest=_manifest(config, layer, "2"), imageTag="v"
        )
    assert refusal(error)[0] == "ImageTagAlreadyExistsException"


@pytest.mark.parametrize(
    ("first", "last", "data", "code"),
    [
        (1, 3, b"abc", "InvalidLayerPartException"),
        (0, 1, b"abc", "InvalidLayerPartException"),
        (0, 2, b"abc", "InvalidLayerException"),
        (None, None, b"", "EmptyUploadException"),
    ],
)
def test_a_bad_upload_is_refused(
    aws: Aws, first: int | None, last: int | None, data: bytes, code: str
) -> None:
    ecr = aws("ecr", "data")
    place = {"repositoryName": "ledger/importer"}
    upload_id = ecr.initiate_layer_upload(**place)["uploadId"]

    def upload() -> None:
        if first is not None:
            ecr.upload_layer_part(
                **place,
                uploadId=upload_id,
                partFirstByte=first,
                partLastByte=last,
                layerPartBlob=data,
            )
        ecr.complete_layer_upload(**place, uploadId=upload_id, layerDigests=["sha256:" + "2" * 64])

    with pytest.raises(ClientError) as error:
        upload()
    assert refusal(error)[0] == code


def test_a_manifest_that_is_none_is_refused(aws: Aws) -> None:
    for text in ("not json", "[1]"):
        with pytest.raises(ClientError) as error:
            aws("ecr", "data").put_image(
                repositoryName="ledger/importer", imageManifest=text, imageTag="x"
            )
        assert refusal(error)[0] == "InvalidParameterException"


def test_the_token_is_for_docker_and_valid(aws: Aws) -> None:
    data = aws("ecr", "data").get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == "https://333333333333.dkr.ecr.eu-central-1.amazonaws.com"
    assert data["expiresAt"].year > 2015
