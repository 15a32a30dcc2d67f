"""An SBOM that is handed in (Inspector Scan API: ScanSbom)."""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import ApiError, Code
from vedette.api.translate.sbom_scan import cyclonedx, inspector
from vedette.app.sbom_scan import scan_sbom
from vedette.errors import ParseError

_CYCLONEDX = "CYCLONE_DX_1_5"


def _scan(call: Call, asked: Input) -> Output:
    index = call.services.index
    if index is None:
        raise ApiError(
            Code.INTERNAL, "There is no advisory database yet", members={"reason": "OTHER"}
        )
    document = asked["sbom"]
    if not isinstance(document, dict):
        raise _invalid("CANNOT_PARSE", "the SBOM is no object")
    if document.get("bomFormat") != "CycloneDX":
        raise _invalid("UNSUPPORTED_SBOM_TYPE", "the SBOM is not CycloneDX")
    try:
        scanned = scan_sbom(document, index, now=call.now)
    except ParseError as error:
        raise _invalid("CANNOT_PARSE", str(error)) from error
    if asked.get("outputFormat", _CYCLONEDX) == _CYCLONEDX:
        return {"sbom": cyclonedx(scanned, database=index.digest, now=call.now)}
    return {"sbom": inspector(scanned)}


HANDLERS: Mapping[str, Handler] = {"ScanSbom": _scan}

NOTES: Mapping[str, Note] = {
    "ScanSbom": Note(
        support=Support.WORKS,
        why="CycloneDX 1.2 to 1.6, of any number of components that the server's limits allow; what `INSPECTOR_ALT` is like "
        "has not been published, it is answered as `INSPECTOR`; Amazon's `priority` is not known and left out",
    ),
}


def _invalid(reason: str, why: str) -> ApiError:
    return ApiError(Code.VALIDATION, why, members={"reason": reason})
