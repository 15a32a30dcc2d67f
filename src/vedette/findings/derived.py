"""What is derived from a finding's evidence and never stored."""

from enum import StrEnum

from vedette.findings.exploitation import usable
from vedette.model.finding import Finding, Reachable, Vulnerability

_EXPLOIT_SITES = (
    "exploit-db.com/",
    "github.com/rapid7/metasploit-framework/",
    "packetstormsecurity.com/files/",
    "packetstorm.news/files/",
)


class Available(StrEnum):
    """Inspector's `fixAvailable` and `exploitAvailable`; only a fix can be partial."""

    YES = "YES"
    NO = "NO"
    PARTIAL = "PARTIAL"


class FindingType(StrEnum):
    """Inspector's finding types that vedette has."""

    NETWORK_REACHABILITY = "NETWORK_REACHABILITY"
    PACKAGE_VULNERABILITY = "PACKAGE_VULNERABILITY"


def finding_type(finding: Finding) -> FindingType:
    """The type by the evidence."""
    match finding.evidence:
        case Vulnerability():
            return FindingType.PACKAGE_VULNERABILITY
        case Reachable():  # pragma: no branch
            return FindingType.NETWORK_REACHABILITY


def fix_available(evidence: Vulnerability) -> Available:
    """YES if every package has a version that mends it, PARTIAL if some have."""
    fixed = [package.fixed_in is not None for package in evidence.packages]
    if all(fixed):
        return Available.YES
    return Available.PARTIAL if any(fixed) else Available.NO


def exploit_available(evidence: Vulnerability) -> Available:
    """YES where it is known to be exploited (KEV), or an exploit is known or linked to."""
    if evidence.kev or usable(evidence.exploits):
        return Available.YES
    links = "\n".join(evidence.references)
    return Available.YES if any(site in links for site in _EXPLOIT_SITES) else Available.NO
