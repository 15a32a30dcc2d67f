"""ECR's upload of layers, which ends in content that can be fetched again; moto checks none of it."""

import uuid

from vedette_simulator.blobs import Blobs, digest_of
from vedette_simulator.errors import AwsError
from vedette_simulator.services.ecr import Registry
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_PART_SIZE = 20 << 20


class Uploads:
    """Layers on their way into an account and region: upload id → bytes so far."""

    def __init__(self) -> None:
        self.parts: dict[str, bytearray] = {}


def initiate_layer_upload(call: Call) -> Fields:
    """Begin an upload."""
    _repository_name(call)
    upload_id = str(uuid.uuid4())
    call.state(Uploads).parts[upload_id] = bytearray()
    return {"uploadId": upload_id, "partSize": _PART_SIZE}


def upload_layer_part(call: Call) -> Fields:
    """Append a part, which must follow what is there."""
    name = _repository_name(call)
    upload_id, content = _upload(call)
    first, last = int(call.params["partFirstByte"]), int(call.params["partLastByte"])
    part: bytes = call.params["layerPartBlob"]
    if first != len(content) or last != first + len(part) - 1:
        raise AwsError(
            "InvalidLayerPartException",
            f"Parts must be consecutive: the next one begins at byte {len(content)}",
        )
    content.extend(part)
    return _outcome(call, name, upload_id) | {"lastByteReceived": last}


def complete_layer_upload(call: Call) -> Fields:
    """End an upload; the digest given must be that of the content."""
    name = _repository_name(call)
    upload_id, content = _upload(call)
    if not content:
        raise AwsError("EmptyUploadException", "The upload has no bytes.")
    digest = digest_of(bytes(content))
    if digest not in required(call.params, "layerDigests"):
        raise AwsError("InvalidLayerException", "Layer digests do not match the content.")
    del call.state(Uploads).parts[upload_id]
    layers = call.state(Registry).layers.setdefault(name, set())
    if digest in layers:
        raise AwsError(
            "LayerAlreadyExistsException",
            f"Layer with digest '{digest}' already exists in repository '{name}'.",
        )
    call.world.state(Blobs).put(bytes(content))
    layers.add(digest)
    return _outcome(call, name, upload_id) | {"layerDigest": digest}


def batch_check_layer_availability(call: Call) -> Fields:
    """Which layers this repository has."""
    name = _repository_name(call)
    known = call.state(Registry).layers.get(name, set())
    layers: list[Fields] = []
    for digest in required(call.params, "layerDigests"):
        data = call.world.state(Blobs).get(digest) if digest in known else None
        layers.append(
            {
                "layerDigest": digest,
                "layerAvailability": "UNAVAILABLE" if data is None else "AVAILABLE",
                "layerSize": None if data is None else len(data),
            }
        )
    return {"layers": layers, "failures": []}


HANDLERS: Handlers = {
    ("ecr", "InitiateLayerUpload"): initiate_layer_upload,
    ("ecr", "UploadLayerPart"): upload_layer_part,
    ("ecr", "CompleteLayerUpload"): complete_layer_upload,
    ("ecr", "BatchCheckLayerAvailability"): batch_check_layer_availability,
}


def _repository_name(call: Call) -> str:
    name: str = required(call.params, "repositoryName")
    call.invoke("ecr", "DescribeRepositories", {"repositoryNames": [name]})
    return name


def _upload(call: Call) -> tuple[str, bytearray]:
    upload_id = required(call.params, "uploadId")
    content = call.state(Uploads).parts.get(upload_id)
    if content is None:
        raise AwsError("UploadNotFoundException", f"No upload {upload_id}.")
    return upload_id, content


def _outcome(call: Call, name: str, upload_id: str) -> Fields:
    return {"registryId": call.place.account, "repositoryName": name, "uploadId": upload_id}
