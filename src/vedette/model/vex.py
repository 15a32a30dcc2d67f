"""VEX: what somebody says of a vulnerability in a product (CISA, "Minimum Requirements for VEX", 2023)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.model.advisory import AffectedStatus


class Justification(StrEnum):
    """CISA's five reasons why a product is not affected ("VEX Status Justifications", 2022)."""

    COMPONENT_NOT_PRESENT = "component_not_present"
    CODE_NOT_PRESENT = "vulnerable_code_not_present"
    CODE_NOT_IN_EXECUTE_PATH = "vulnerable_code_not_in_execute_path"
    CODE_NOT_CONTROLLABLE = "vulnerable_code_cannot_be_controlled_by_adversary"
    MITIGATED = "inline_mitigations_already_exist"


class VexProduct(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What a statement is about: a product, or (where `parts` are given) these parts inside of it.

    Each is known by its identifiers: purls, CPEs, names.
    """

    identifiers: tuple[str, ...]
    parts: tuple[str, ...] = ()


class VexStatement(msgspec.Struct, frozen=True, kw_only=True):
    """One status of one vulnerability in some products.

    `document` is the id of the document that it stands in, `author` who says it, `at` when (None: nothing says when).
    """

    vulnerability: str
    products: tuple[VexProduct, ...]
    status: AffectedStatus
    document: str
    aliases: tuple[str, ...] = ()
    justification: Justification | None = None
    reason: str = ""
    author: str = ""
    at: datetime | None = None
