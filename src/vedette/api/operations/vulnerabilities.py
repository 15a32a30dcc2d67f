"""One CVE (Inspector2 API: SearchVulnerabilities)."""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import ApiError, Code
from vedette.api.paging import unseal
from vedette.api.translate.vulnerability import vulnerability
from vedette.app.vulnerability import known_vulnerability


def _search(call: Call, asked: Input) -> Output:
    unseal(call, asked)
    index = call.services.index
    if index is None:
        raise ApiError(Code.INTERNAL, "There is no advisory database yet", retry_after=60)
    (cve,) = asked["filterCriteria"]["vulnerabilityIds"]
    known = known_vulnerability(index, cve)
    return {"vulnerabilities": [] if known is None else [vulnerability(known)]}


HANDLERS: Mapping[str, Handler] = {"SearchVulnerabilities": _search}

NOTES: Mapping[str, Note] = {
    "SearchVulnerabilities": Note(
        support=Support.WORKS,
        why="from the advisory database, Amazon's own threat intelligence (`atigData`) excepted",
    ),
}
