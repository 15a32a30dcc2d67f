from datetime import UTC, date, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NewClient
from tests.matching.memory import MemoryIndex, advisory, affected
from vedette.model.advisory import (
    AffectedStatus,
    CveRecord,
    Epss,
    Exploit,
    ExploitKind,
    Kev,
    Rating,
)
from vedette.model.cvss import parse_vector
from vedette.store.store import SqlStore

CVE = "CVE-2024-0001"
THREE = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
OTHER_THREE = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"
FOUR = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
TWO = "AV:N/AC:L/Au:N/C:P/I:P/A:P"
AT = datetime(2024, 1, 2, tzinfo=UTC)


def _rating(source: str, vector: str) -> Rating:
    return Rating(source=source, vector=parse_vector(vector))


def _search(caller: Any, cve: str = CVE) -> list[Any]:
    pages = caller.get_paginator("search_vulnerabilities")
    found = pages.paginate(filterCriteria={"vulnerabilityIds": [cve]})
    return list(found.search("vulnerabilities[]"))


def test_all_that_is_known_is_told(client: NewClient, store: SqlStore) -> None:
    index = MemoryIndex(
        [
            advisory(
                "GHSA-1",
                affected("PyPI", "web"),
                affected("npm", "web", status=AffectedStatus.NOT_AFFECTED),
                aliases=(CVE,),
                ratings=(_rating("GitHub", OTHER_THREE), _rating("GitHub", FOUR)),
                references=("https://example.org/a",),
                cwes=("CWE-79",),
            ),
            advisory("DSA-1", affected("Debian:12", "web"), related=(CVE,)),
        ],
        cves=[
            CveRecord(id=CVE, feed="cve", description="Of the CNA."),
            CveRecord(
                id=CVE,
                feed="nvd",
                description="Of NVD.",
                published=AT,
                modified=AT,
                ratings=(_rating("NVD", THREE), _rating("NVD", TWO)),
                cwes=("CWE-20",),
                references=("https://example.org/b",),
            ),
        ],
        epss=[Epss(cve=CVE, probability=0.9, percentile=0.99, scored_on=date(2026, 1, 1))],
        kev=[
            Kev(
                cve=CVE,
                added_on=date(2024, 5, 6),
                due_on=date(2024, 5, 27),
                ransomware=False,
                action="Apply updates.",
            )
        ],
        exploits=[
            Exploit(
                cve=CVE,
                source="x",
                reference=f"https://example.org/{day}",
                published=date(2024, 3, day),
                kind=ExploitKind.EXPLOITED,
            )
            for day in (4, 9)
        ],
    )
    (found,) = _search(client(store, index=index))
    assert found == {
        "id": CVE,
        "source": "NVD",
        "sourceUrl": "https://nvd.nist.gov/vuln/detail/CVE-2024-0001",
        "description": "Of NVD.",
        "cwes": ["CWE-20", "CWE-79"],
        "vendorSeverity": "CRITICAL",
        "vendorCreatedAt": AT,
        "vendorUpdatedAt": AT,
        "relatedVulnerabilities": ["DSA-1", "GHSA-1"],
        "referenceUrls": ["https://example.org/a", "https://example.org/b"],
        "detectionPlatforms": ["Debian:12", "PyPI"],
        "epss": {"score": 0.9},
        "cisaData": {
            "dateAdded": datetime(2024, 5, 6, tzinfo=UTC),
            "dateDue": datetime(2024, 5, 27, tzinfo=UTC),
            "action": "Apply updates.",
        },
        "cvss4": {"baseScore": 9.3, "scoringVector": FOUR},
        "cvss3": {"baseScore": 9.8, "scoringVector": THREE},
        "cvss2": {"baseScore": 7.5, "scoringVector": TWO},
        "exploitObserved": {
            "firstSeen": datetime(2024, 3, 4, tzinfo=UTC),
            "lastSeen": datetime(2024, 3, 9, tzinfo=UTC),
        },
    }


def test_what_nobody_says_anything_of_is_not_found(client: NewClient, store: SqlStore) -> None:
    index = MemoryIndex(
        [advisory("GHSA-2", affected("PyPI", "web"), aliases=(CVE,), summary="Short.")],
        kev=[Kev(cve=CVE, added_on=date(2024, 5, 6), due_on=None, ransomware=False)],
    )
    caller = client(store, index=index)
    assert _search(caller, "CVE-2024-9999") == []
    (found,) = _search(caller)
    assert found["description"] == "Short."
    assert found["cisaData"] == {"dateAdded": datetime(2024, 5, 6, tzinfo=UTC)}
    assert "vendorSeverity" not in found
    bare = client(store, index=MemoryIndex(cves=[CveRecord(id=CVE, feed="nvd")]))
    assert _search(bare)[0]["detectionPlatforms"] == []


def test_without_a_database_nothing_is_claimed(client: NewClient, store: SqlStore) -> None:
    with pytest.raises(ClientError, match="no advisory database") as refused:
        _search(client(store))
    response: Any = refused.value.response
    assert response["Error"]["Code"] == "InternalServerException"
    assert response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "60"
