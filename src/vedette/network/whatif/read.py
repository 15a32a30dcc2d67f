"""A file of changes, whichever of the three it is: a list, a Terraform plan, or a CloudFormation change set."""

from collections.abc import Mapping

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.network.snapshot import Snapshot
from vedette.network.whatif.change_list import apply_changes
from vedette.network.whatif.cloudformation import apply_change_set, is_change_set
from vedette.network.whatif.planned import Planned
from vedette.network.whatif.terraform import apply_plan, is_plan

LARGEST_FILE = 256 << 20


def planned(snapshot: Snapshot, data: bytes, largest: int = LARGEST_FILE) -> Planned:
    """Apply a file of changes to a snapshot. ParseError if it is none of the three, or malformed."""
    if len(data) > largest:
        raise LimitError(f"larger than {largest} bytes")
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not JSON: {error}") from error
    if is_plan(document):
        return apply_plan(snapshot, document)
    if is_change_set(document):
        return apply_change_set(snapshot, document)
    if isinstance(document, list) or (isinstance(document, Mapping) and "changes" in document):
        return apply_changes(snapshot, document)
    raise ParseError(
        "neither a list of changes nor a Terraform plan (`terraform show -json`) nor a CloudFormation"
        " change set (`aws cloudformation describe-change-set --include-property-values`)"
    )
