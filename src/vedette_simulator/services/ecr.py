"""ECR's images with true digests, sizes and layers that can be fetched.

moto keeps no layers, has no `GetDownloadUrlForLayer`, gives digests that are not those of the manifests, and counts the
config as the image's size; repositories, their policies and tags stay moto's.
"""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from vedette_simulator.blobs import Blobs, digest_of
from vedette_simulator.errors import AwsError
from vedette_simulator.paging import page
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_INDEXES = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
}
_DEFAULT_MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_MAX_PAGE = 1000


class StoredImage(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest in a repository."""

    digest: str
    manifest: str
    media_type: str
    config_media_type: str | None
    size: int | None
    pushed_at: datetime
    tags: tuple[str, ...]


class Registry:
    """The images of an account and region: repository → digest → image."""

    def __init__(self) -> None:
        self.images: dict[str, dict[str, StoredImage]] = {}
        self.layers: dict[str, set[str]] = {}


def put_image(call: Call) -> Fields:
    """Store a manifest whose layers are there, and move its tag to it."""
    repository = _repository(call)
    manifest = required(call.params, "imageManifest")
    parsed = _parse_manifest(manifest)
    digest = digest_of(manifest.encode())
    if call.params.get("imageDigest", digest) != digest:
        raise AwsError(
            "ImageDigestDoesNotMatchException", "The image digest does not match the manifest."
        )
    images = call.state(Registry).images.setdefault(repository["repositoryName"], {})
    media_type = (
        call.params.get("imageManifestMediaType") or parsed.get("mediaType") or _DEFAULT_MEDIA_TYPE
    )
    tag = call.params.get("imageTag")
    stored = images.get(digest) or StoredImage(
        digest=digest,
        manifest=manifest,
        media_type=media_type,
        config_media_type=parsed.get("config", {}).get("mediaType"),
        size=_size(call, repository["repositoryName"], parsed, media_type),
        pushed_at=call.now,
        tags=(),
    )
    if tag in stored.tags or (tag is None and digest in images):
        raise AwsError(
            "ImageAlreadyExistsException", f"Image with digest '{digest}' already exists."
        )
    if tag is not None:
        _free_tag(repository, images, tag)
        stored = msgspec.structs.replace(stored, tags=tuple(sorted({*stored.tags, tag})))
    images[digest] = stored
    return {"image": _image(call, repository["repositoryName"], stored, tag)}


def batch_get_image(call: Call) -> Fields:
    """Manifests, byte for byte as they were put."""
    name = _repository(call)["repositoryName"]
    images: list[Fields] = []
    failures: list[Fields] = []
    for wanted in required(call.params, "imageIds"):
        found = _find(call, name, wanted)
        if found is None:
            failures.append(_failure(wanted))
        else:
            images.append(_image(call, name, found, wanted.get("imageTag")))
    return {"images": images, "failures": failures}


def describe_images(call: Call) -> Fields:
    """Details of all images of a repository, or of those named."""
    name = _repository(call)["repositoryName"]
    wanted = call.params.get("imageIds")
    if wanted:
        found = [_found(call, name, item) for item in wanted]
    else:
        found = sorted(_all(call, name), key=lambda image: (image.pushed_at, image.digest))
    found = [image for image in found if _has_status(call, image)]
    listed, token = page(
        [_detail(call, name, image) for image in found],
        call.params.get("nextToken"),
        _limit(call),
        code="InvalidParameterException",
    )
    return {"imageDetails": listed, "nextToken": token}


def list_images(call: Call) -> Fields:
    """The ids of a repository's images: one for each tag, or the digest alone."""
    name = _repository(call)["repositoryName"]
    ids: list[Fields] = [
        {"imageDigest": image.digest} | ({"imageTag": tag} if tag else {})
        for image in sorted(_all(call, name), key=lambda image: (image.pushed_at, image.digest))
        if _has_status(call, image)
        for tag in image.tags or ("",)
    ]
    listed, token = page(
        ids, call.params.get("nextToken"), _limit(call), code="InvalidParameterException"
    )
    return {"imageIds": listed, "nextToken": token}


def batch_delete_image(call: Call) -> Fields:
    """Remove images by digest, or tags (the image goes with its last one)."""
    name = _repository(call)["repositoryName"]
    images = call.state(Registry).images.get(name, {})
    deleted: list[Fields] = []
    failures: list[Fields] = []
    for wanted in required(call.params, "imageIds"):
        found = _find(call, name, wanted)
        if found is None:
            failures.append(_failure(wanted))
            continue
        tag = wanted.get("imageTag")
        left = tuple(other for other in found.tags if other != tag)
        if tag and left and "imageDigest" not in wanted:
            images[found.digest] = msgspec.structs.replace(found, tags=left)
        else:
            del images[found.digest]
        deleted.append({"imageDigest": found.digest} | ({"imageTag": tag} if tag else {}))
    return {"imageIds": deleted, "failures": failures}


def get_download_url_for_layer(call: Call) -> Fields:
    """Where a layer (or config) of this repository can be fetched."""
    name = _repository(call)["repositoryName"]
    digest = required(call.params, "layerDigest")
    if digest not in call.state(Registry).layers.get(name, set()):
        raise AwsError(
            "LayersNotFoundException",
            f"The layer with digest '{digest}' does not exist in repository '{name}'.",
        )
    return {
        "downloadUrl": call.world.state(Blobs).url(call.world.endpoint, digest),
        "layerDigest": digest,
    }


def get_authorization_token(call: Call) -> Fields:
    """A token of twelve hours; moto's has expired in 2015."""
    text = f"AWS:{call.world.identities.derive('ecr', call.place.account)}"
    return {
        "authorizationData": [
            {
                "authorizationToken": base64.b64encode(text.encode()).decode(),
                "expiresAt": call.now + timedelta(hours=12),
                "proxyEndpoint": f"https://{call.place.account}.dkr.ecr.{call.place.region}.amazonaws.com",
            }
        ]
    }


def delete_repository(call: Call) -> Fields:
    """moto's, but for the images that moto does not know."""
    name = _repository(call)["repositoryName"]
    registry = call.state(Registry)
    if registry.images.get(name) and not call.params.get("force"):
        raise AwsError(
            "RepositoryNotEmptyException",
            f"The repository with name '{name}' in registry with id '{call.place.account}' cannot be deleted because "
            "it still contains images",
        )
    result = call.forward()
    registry.images.pop(name, None)
    registry.layers.pop(name, None)
    return result


HANDLERS: Handlers = {
    ("ecr", "PutImage"): put_image,
    ("ecr", "BatchGetImage"): batch_get_image,
    ("ecr", "DescribeImages"): describe_images,
    ("ecr", "ListImages"): list_images,
    ("ecr", "BatchDeleteImage"): batch_delete_image,
    ("ecr", "GetDownloadUrlForLayer"): get_download_url_for_layer,
    ("ecr", "GetAuthorizationToken"): get_authorization_token,
    ("ecr", "DeleteRepository"): delete_repository,
}


def _repository(call: Call) -> Fields:
    registry = call.params.get("registryId", call.place.account)
    name = required(call.params, "repositoryName")
    if registry != call.place.account:
        raise AwsError(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id '{registry}'",
        )
    found: list[Fields] = call.invoke("ecr", "DescribeRepositories", {"repositoryNames": [name]})[
        "repositories"
    ]
    return found[0]


def _parse_manifest(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise AwsError(
            "InvalidParameterException", "Invalid parameter at 'ImageManifest'"
        ) from error
    if not isinstance(parsed, dict):
        raise AwsError("InvalidParameterException", "Invalid parameter at 'ImageManifest'")
    return parsed


def _size(call: Call, name: str, parsed: dict[str, Any], media_type: str) -> int | None:
    if media_type in _INDEXES:
        return None
    known = call.state(Registry).layers.get(name, set())
    parts = [parsed.get("config", {}), *parsed.get("layers", [])]
    missing = [part.get("digest") for part in parts if part.get("digest") not in known]
    if missing:
        raise AwsError(
            "LayersNotFoundException",
            f"Layers with digests '{missing}' required for pushing image into repository "
            f"with name '{name}' in the registry with id '{call.place.account}' do not exist",
        )
    return sum(int(part["size"]) for part in parts)


def _free_tag(repository: Fields, images: dict[str, StoredImage], tag: str) -> None:
    for digest, image in images.items():
        if tag not in image.tags:
            continue
        if repository.get("imageTagMutability") == "IMMUTABLE":
            raise AwsError(
                "ImageTagAlreadyExistsException",
                f"The image tag '{tag}' already exists in the '{repository['repositoryName']}' repository and cannot "
                "be overwritten because the repository is immutable.",
            )
        left = tuple(other for other in image.tags if other != tag)
        images[digest] = msgspec.structs.replace(image, tags=left)
        return


def _all(call: Call, name: str) -> Iterator[StoredImage]:
    yield from call.state(Registry).images.get(name, {}).values()


def _find(call: Call, name: str, wanted: Fields) -> StoredImage | None:
    digest, tag = wanted.get("imageDigest"), wanted.get("imageTag")
    return next(
        (
            image
            for image in _all(call, name)
            if digest in (None, image.digest)
            and (tag is None or tag in image.tags)
            and (digest or tag)
        ),
        None,
    )


def _found(call: Call, name: str, wanted: Fields) -> StoredImage:
    found = _find(call, name, wanted)
    if found is None:
        raise AwsError(
            "ImageNotFoundException",
            f"The image with imageId {{imageDigest:'{wanted.get('imageDigest', 'null')}', "
            f"imageTag:'{wanted.get('imageTag', 'null')}'}} does not exist within the repository with name '{name}' "
            f"in the registry with id '{call.place.account}'",
        )
    return found


def _has_status(call: Call, image: StoredImage) -> bool:
    match call.params.get("filter", {}).get("tagStatus", "ANY"):
        case "TAGGED":
            return bool(image.tags)
        case "UNTAGGED":
            return not image.tags
        case _:
            return True


def _detail(call: Call, name: str, image: StoredImage) -> Fields:
    return {
        "registryId": call.place.account,
        "repositoryName": name,
        "imageDigest": image.digest,
        "imageTags": list(image.tags) or None,
        "imageSizeInBytes": image.size,
        "imagePushedAt": image.pushed_at,
        "imageManifestMediaType": image.media_type,
        "artifactMediaType": image.config_media_type,
    }


def _image(call: Call, name: str, image: StoredImage, tag: str | None) -> Fields:
    return {
        "registryId": call.place.account,
        "repositoryName": name,
        "imageId": {"imageDigest": image.digest} | ({"imageTag": tag} if tag else {}),
        "imageManifest": image.manifest,
        "imageManifestMediaType": image.media_type,
    }


def _failure(wanted: Fields) -> Fields:
    return {
        "imageId": wanted,
        "failureCode": "ImageNotFound",
        "failureReason": "Requested image not found",
    }


def _limit(call: Call) -> int:
    size = int(call.params.get("maxResults", 100))
    if not 1 <= size <= _MAX_PAGE:
        raise AwsError("InvalidParameterException", "Invalid parameter at 'maxResults'")
    return size
