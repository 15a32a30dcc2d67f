"""Where a flaw is described for people, by its id and by whose word it is."""

from urllib.parse import quote

from vedette.model.finding import Vulnerability

_OF_CVES = {
    "alpine": "https://security.alpinelinux.org/vuln/{}",
    "amazon": "https://explore.alas.aws.amazon.com/{}.html",
    "arch": "https://security.archlinux.org/{}",
    "azurelinux": "https://msrc.microsoft.com/update-guide/vulnerability/{}",
    "debian": "https://security-tracker.debian.org/tracker/{}",
    "oracle": "https://linux.oracle.com/cve/{}.html",
    "redhat": "https://access.redhat.com/security/cve/{}",
    "ubuntu": "https://ubuntu.com/security/{}",
}
_NVD = "https://nvd.nist.gov/vuln/detail/{}"
_GITHUB = "https://github.com/advisories/{}"
_OSV = "https://osv.dev/vulnerability/{}"


def source_url(evidence: Vulnerability) -> str | None:
    """The page about the flaw; the first reference where no publisher's page is known."""
    page = _page(evidence)
    if page is not None:
        return page.format(quote(evidence.id, safe="", errors="replace"))
    return next(iter(evidence.references), None)


def _page(evidence: Vulnerability) -> str | None:
    if evidence.id.startswith("CVE-"):
        return _OF_CVES.get(evidence.source, _NVD)
    if evidence.id.startswith("GHSA-"):
        return _GITHUB
    return _OSV if evidence.source == "osv" else None
