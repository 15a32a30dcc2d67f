"""ECR images: the manifest from `BatchGetImage`, the blobs from the URLs that ECR signs."""

from pathlib import Path

import msgspec

from vedette.app.inventories.scratch import Fetch
from vedette.app.inventories.taken import (
    ImageJob,
    Prepared,
    Reading,
    Unread,
    Workbench,
    fingerprint,
)
from vedette.clients.aws import Account
from vedette.errors import ParseError, ServiceError, SourceError
from vedette.inventory.collect import collect
from vedette.model.arn import AccountId
from vedette.model.digest import Digest, digest_of, parse_digest
from vedette.model.inventory import Inventory
from vedette.model.resource import ContainerImage, Resource
from vedette.sources.blobs import image_from_manifest
from vedette.sources.limits import Limits
from vedette.sources.oci_documents import CONFIGS, MANIFESTS

_INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
_LARGEST_CONFIG = 8 << 20
_LARGEST_BLOB = 32 << 30


class _Config(msgspec.Struct, rename="camel"):
    digest: str
    media_type: str = ""


class _Manifest(msgspec.Struct, rename="camel"):
    config: _Config
    media_type: str | None = None


def prepare_image(resource: Resource, facts: ContainerImage) -> Prepared:
    """An image's digest is its content, whatever it is called: nothing is fetched to know whether it changed."""
    unread = _unread(facts.media_type)
    if unread is not None:
        return unread
    job = ImageJob(ref=resource.ref, repository=facts.repository, digest=facts.digest)
    return Reading(
        fingerprint=fingerprint(resource.ref, facts.digest), read=lambda extract: extract(job)
    )


def _unread(media_type: str | None) -> Unread | None:
    if media_type is None or media_type in MANIFESTS:
        return None
    detail = f"a manifest of the type {media_type[:100]}"
    if media_type in _INDEXES:
        detail = "an image index; the images that it names are scanned themselves"
    return Unread(reason="UNSUPPORTED_MEDIA_TYPE", detail=detail)


def read_image(job: ImageJob, bench: Workbench) -> Inventory | Unread:
    """Fetch the layers that are not known yet, and say what is in the image.

    Raises:
        ServiceError: where ECR refuses.
        SourceError, ParseError: where what it gives is no image.
    """
    account = bench.account(AccountId(str(job.ref.account)))
    with bench.scratch.lease() as fetch:
        registry = _Registry(account, str(job.ref.region), job.repository, fetch)
        manifest = registry.manifest(job.digest)
        try:
            read = msgspec.json.decode(manifest, type=_Manifest)
            config = parse_digest(read.config.digest)
        except (msgspec.DecodeError, UnicodeDecodeError, ParseError) as error:
            unread = _unread(_media_type(manifest))
            if unread is not None:
                return unread
            raise SourceError(f"the manifest of {job.digest} cannot be read: {error}") from error
        if read.config.media_type not in CONFIGS:
            # signatures, Helm charts and attestations lie in repositories beside images
            detail = f"no image but {read.config.media_type[:100]}"
            return Unread(reason="UNSUPPORTED_MEDIA_TYPE", detail=detail)
        tree = image_from_manifest(
            manifest,
            registry.blob(config, limit=_LARGEST_CONFIG).read_bytes(),
            registry.blob,
            job.ref.id,
            Limits(),
        )
        found = collect(tree, resource=job.ref, cache=bench.cache)
        layers = tuple(layer.digest for layer in tree.layers if layer.digest is not None)
        return msgspec.structs.replace(found, layers=layers)


class _Typed(msgspec.Struct, rename="camel"):
    media_type: str | None = None


def _media_type(manifest: bytes) -> str | None:
    try:
        return msgspec.json.decode(manifest, type=_Typed).media_type
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class _Registry:
    """One repository in ECR, as its API shows it."""

    def __init__(self, account: Account, region: str, repository: str, fetch: Fetch) -> None:
        self._account = account
        self._region = region
        self._repository = repository
        self._fetch = fetch

    def manifest(self, digest: Digest) -> bytes:
        answer = self._account.call(
            "ecr",
            "batch_get_image",
            self._region,
            repositoryName=self._repository,
            imageIds=[{"imageDigest": digest}],
            acceptedMediaTypes=sorted(MANIFESTS | _INDEXES),
        )
        for image in answer.get("images", ()):
            manifest = str(image.get("imageManifest", "")).encode("utf-8", "surrogatepass")
            if digest_of(manifest) != digest:
                raise SourceError(f"ECR gave another manifest than {digest}")
            return manifest
        reasons = [str(failure.get("failureReason")) for failure in answer.get("failures", ())]
        raise ServiceError(
            "; ".join(reasons) or "no such image",
            service="ecr",
            operation="batch_get_image",
            code="ImageNotFound",
        )

    def blob(self, digest: Digest, *, limit: int = _LARGEST_BLOB) -> Path:
        """The blob as a file, verified; fetched once however often it is asked for."""

        def signed() -> str:
            answer = self._account.call(
                "ecr",
                "get_download_url_for_layer",
                self._region,
                repositoryName=self._repository,
                layerDigest=digest,
            )
            return str(answer.get("downloadUrl", ""))

        return self._fetch(signed, sha256=digest.partition(":")[2], limit=limit)
