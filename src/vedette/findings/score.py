"""Two scores for a finding, both with every step shown: docs/explanation/scoring.md.

`value` is Inspector's kind of score: the CVSS base score, adjusted by what the network proves. `risk` is vedette's own order of
what to mend first: severity x exploitation x exposure, 0 to 100.
"""

import msgspec

from vedette.findings.exploitation import in_words, strongest
from vedette.findings.exposure import Reach, Reached, is_whole
from vedette.findings.services import services_of
from vedette.model.advisory import Epss, Exploit, ExploitKind, Kev, Rating
from vedette.model.cvss import CvssVector, base_score, metrics_of, parse_vector, version_of
from vedette.model.finding import Adjustment, Score
from vedette.model.network import Exposure, Transport
from vedette.model.resource import ResourceType
from vedette.model.severity import Severity

_UNRATED = {
    Severity.CRITICAL: 9.5,
    Severity.HIGH: 8.0,
    Severity.MEDIUM: 5.5,
    Severity.LOW: 2.5,
    Severity.INFORMATIONAL: 0.5,
    Severity.UNTRIAGED: 5.0,
}
"""What counts as the score where nobody has given a vector: the middle of the severity's span."""
_LEAST_EXPLOITATION = 0.4
_EVIDENCE = {
    ExploitKind.EXPLOITED: 0.9,
    ExploitKind.WEAPONIZED: 0.7,
    ExploitKind.PROOF_OF_CONCEPT: 0.5,
    ExploitKind.SCANNER: _LEAST_EXPLOITATION,
}
"""What evidence counts at least, whatever EPSS foretells."""
_RANSOMWARE = 1.1
_REACH = {
    Reach.INTERNET: 1.0,
    Reach.SOME_SOURCES: 0.8,
    Reach.UNKNOWN: 0.7,
    Reach.INSIDE: 0.5,
}
_NOT_BY_NETWORK = 0.6
_PORT = {
    Severity.HIGH: 70.0,
    Severity.MEDIUM: 50.0,
    Severity.LOW: 25.0,
    Severity.INFORMATIONAL: 10.0,
}
_NARROW = 0.6
_UNANSWERED = 0.5
_MOST = 100.0


class Threat(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a flaw's exploitation."""

    epss: Epss | None = None
    kev: Kev | None = None
    exploits: tuple[Exploit, ...] = ()


def score_vulnerability(
    rating: Rating | None,
    severity: Severity,
    threat: Threat,
    reach: Reached,
    resource: ResourceType,
) -> Score:
    """Score a flaw on a resource.

    Args:
        rating: the rating that counts, None where there is no vector.
        severity: the finding's severity.
        threat: EPSS, KEV and exploits.
        reach: from where the resource can be reached.
        resource: what it is; only EC2 instances get adjustments, as with Inspector.
    """
    vector, adjustments = _adjusted(rating, reach, resource)
    risk, terms = _risk(rating, severity, threat, reach)
    return Score(
        value=None if vector is None else base_score(vector),
        vector=vector,
        source=rating.source if rating else None,
        adjustments=adjustments,
        risk=risk,
        risk_terms=terms,
    )


def score_exposure(exposure: Exposure, severity: Severity) -> Score:
    """Score an open port: by its usual service, by how many can use it, and by whether they get an answer."""
    listening = ", ".join(services_of(exposure)) or "no well-known service"
    terms = [_Term("service", _PORT[severity], f"{severity} ({listening})")]
    if not is_whole(exposure):
        terms.append(_Term("sources", _NARROW, "only some addresses of the edge"))
    if exposure.transport is Transport.TCP and not exposure.return_path:
        terms.append(_Term("return path", _UNANSWERED, "not every source can be answered"))
    risk, shown = _product(terms)
    return Score(value=None, vector=None, source=None, risk=risk, risk_terms=shown)


class _Term(msgspec.Struct, frozen=True):
    """A factor of the risk; the first one is a number of points."""

    metric: str
    factor: float
    reason: str


def _adjusted(
    rating: Rating | None, reach: Reached, resource: ResourceType
) -> tuple[CvssVector | None, tuple[Adjustment, ...]]:
    """CVSS v3: without a way in from the internet, an attacker must first be next to the instance."""
    if rating is None:
        return None, ()
    by_network = metrics_of(rating.vector).get("AV") == "N"
    adjustable = version_of(rating.vector).startswith("3") and by_network
    if (
        not adjustable
        or resource is not ResourceType.EC2_INSTANCE
        or reach.reach is not Reach.INSIDE
    ):
        return rating.vector, ()
    vector = parse_vector(rating.vector.replace("/AV:N/", "/AV:A/", 1))
    reason = (
        "no TCP or UDP port of the instance can be reached from the internet: Network to Adjacent"
    )
    return vector, (Adjustment(metric="AV", reason=reason),)


def _risk(
    rating: Rating | None, severity: Severity, threat: Threat, reach: Reached
) -> tuple[float, tuple[Adjustment, ...]]:
    terms = [_severity_term(rating, severity), _exploitation_term(threat)]
    if threat.kev is not None and threat.kev.ransomware:
        terms.append(_Term("ransomware", _RANSOMWARE, "used in ransomware campaigns (CISA KEV)"))
    terms.append(_exposure_term(rating, reach))
    return _product(terms)


def _severity_term(rating: Rating | None, severity: Severity) -> _Term:
    if rating is None:
        score = _UNRATED[severity]
        return _Term("severity", score * 10, f"no CVSS vector; {severity} counts as {score}")
    score = base_score(rating.vector)
    return _Term("severity", score * 10, f"CVSS {score} by {rating.source}")


def _exploitation_term(threat: Threat) -> _Term:
    if threat.kev is not None:
        return _Term(
            "exploitation", 1.0, f"known to be exploited since {threat.kev.added_on} (CISA KEV)"
        )
    foretold = _foretold(threat.epss)
    for exploit in strongest(threat.exploits)[:1]:
        if _EVIDENCE[exploit.kind] > foretold.factor:
            reason = f"{in_words(exploit)}; {foretold.reason}"
            return _Term("exploitation", _EVIDENCE[exploit.kind], reason)
    return foretold


def _foretold(epss: Epss | None) -> _Term:
    if epss is None:
        return _Term("exploitation", _LEAST_EXPLOITATION, "not in CISA KEV, no EPSS score")
    probability = round(epss.probability, 2)
    factor = _LEAST_EXPLOITATION + (1 - _LEAST_EXPLOITATION) * probability
    return _Term("exploitation", factor, f"EPSS {probability:.2f}, not in CISA KEV")


def _exposure_term(rating: Rating | None, reach: Reached) -> _Term:
    vector = None if rating is None else metrics_of(rating.vector).get("AV")
    if vector not in (None, "N"):
        return _Term("exposure", _NOT_BY_NETWORK, f"not exploitable from a distance (AV:{vector})")
    return _Term("exposure", _REACH[reach.reach], _reach_reason(reach))


def _reach_reason(reach: Reached) -> str:
    match reach.reach:
        case Reach.INTERNET:
            return f"the whole internet reaches the resource{_at(reach.exposure)}"
        case Reach.SOME_SOURCES:
            return f"some addresses of the internet reach the resource{_at(reach.exposure)}"
        case Reach.INSIDE:
            return "not reachable from the internet"
        case Reach.UNKNOWN:  # pragma: no branch
            why = f": {reach.unknown.reason}" if reach.unknown else ""
            return f"not known whether the internet reaches the resource{why}"


def _at(exposure: Exposure | None) -> str:
    if exposure is None or exposure.interface is None:
        return ""
    ports = exposure.ports
    span = f"{ports.begin}" if ports.begin == ports.end else f"{ports.begin}-{ports.end}"
    return f" at {exposure.transport} {span}"


def _product(terms: list[_Term]) -> tuple[float, tuple[Adjustment, ...]]:
    points = 1.0
    shown: list[Adjustment] = []
    for number, term in enumerate(terms):
        points = min(points * term.factor, _MOST)
        amount = f"{term.factor:.1f}" if number == 0 else f"x {term.factor:.2f} = {points:.1f}"
        shown.append(Adjustment(metric=term.metric, reason=f"{term.reason}: {amount}"))
    return round(points, 1), tuple(shown)
