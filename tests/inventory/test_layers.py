"""What is read of a layer."""

import io
import tarfile
from pathlib import Path

from tests.sources.build import ImageBuilder, write_tree
from vedette.inventory.collect import collect
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.image import open_image


def test_the_same_failure_twice_in_a_layer_is_one(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for _ in range(2):
            member = tarfile.TarInfo("opt/damaged-1.0.jar")
            member.size = 8
            archive.addfile(member, io.BytesIO(b"PK\3\4junk"))
    builder = ImageBuilder()
    image = open_image(write_tree(tmp_path, builder.layout(builder.image([out.getvalue()]))))
    found = collect(image, resource=ResourceRef(type=ResourceType.LOCAL, id="twice"))
    assert [(one.path, one.extractor) for one in found.failures] == [
        ("opt/damaged-1.0.jar", "java_archive")
    ]
