"""HTML: one file that needs nothing else, not even its script, which only sorts.

Everything in it is escaped, links lead to http and https only, and a Content-Security-Policy allows its own style and script, by their
hashes, and nothing else: what a name in an image makes of the page is text. Light or dark is the reader's choice.

The summary counts what is below it: it is written last and shown first (`order`), so that findings are written as they come.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from vedette.findings.derived import exploit_available
from vedette.integrations._base import Entry, Occasion, Report, fixed_in, marked
from vedette.model.finding import Finding, Reachable, Vulnerability, VulnerablePackage
from vedette.model.severity import Severity

STYLE = """
:root { color-scheme: light dark; --ink: #16191f; --paper: #fff; --line: #d5dbdb; --quiet: #545b64; --band: #f4f6f8; --link: #0064a8 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9ebed; --paper: #101820; --line: #3a4653; --quiet: #9aa5b1; --band: #18222d; --link: #6cb6ff }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif }
main { display: flex; flex-direction: column; gap: 1rem; max-width: 100rem; margin: auto; padding: 1.5rem }
header { order: 1 } .summary { order: 2 } .gaps { order: 3 } table { order: 4 }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere } h2 { margin: 0 0 .4rem; font-size: 1rem }
header p { margin: 0; color: var(--quiet) }
.summary ul { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; padding: 0; list-style: none }
.summary li, td.severity b { border-left: .3rem solid var(--mark, var(--line)); padding: 0 .5rem; font-weight: 600 }
.summary li { background: var(--band); font-weight: 400 }
.gaps summary { font-weight: 600 } .gaps ul { margin: .4rem 0; color: var(--quiet); overflow-wrap: anywhere }
.critical { --mark: #a31515 } .high { --mark: #d9480f } .medium { --mark: #c99700 } .low { --mark: #2b7a3f } .informational { --mark: #3572b0 }
table { border-collapse: collapse; width: 100% }
th, td { padding: .4rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere }
thead th { position: sticky; top: 0; background: var(--band) }
th { white-space: nowrap } th button { all: unset; cursor: pointer; font-weight: 600 } th button:focus-visible { outline: 2px solid var(--link) }
th[aria-sort=ascending] button::after { content: " \\2191" } th[aria-sort=descending] button::after { content: " \\2193" }
td.risk, td.epss, th.risk, th.epss { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.severity, td.status, td.since { white-space: nowrap }
summary { cursor: pointer } details p, details ul { margin: .4rem 0; max-width: 70rem } a { color: var(--link) }
@media print { thead th { position: static } }
"""
"""Its hash, and the script's, are in the Content-Security-Policy: nothing of a finding may ever be put into them."""

SCRIPT = """
"use strict";
const table = document.getElementById("findings"), body = table.tBodies[0];
const key = (line, place) => {
  const cell = line.cells[place], number = cell.dataset.n;
  return number === undefined ? cell.textContent : Number(number);
};
const order = (one, other) => typeof one === "number" ? one - other : one < other ? -1 : one > other ? 1 : 0;
for (const head of table.tHead.rows[0].cells) {
  head.firstChild.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending", place = head.cellIndex;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const lines = Array.from(body.rows, line => [key(line, place), line]);
    lines.sort((one, other) => down ? order(other[0], one[0]) : order(one[0], other[0]));
    body.append(...lines.map(pair => pair[1]));
  });
}
"""

_COLUMNS = (
    ("severity", "Severity"),
    ("risk", "Risk"),
    ("finding", "Finding"),
    ("resource", "Resource"),
    ("fix", "Fix"),
    ("epss", "EPSS"),
    ("exploit", "Exploited"),
    ("status", "Status"),
    ("since", "Since"),
)
"""Class and heading of each column."""

_PACKAGES = 50
_REFERENCES = 20
_PLACES = 5


def _hashed(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


_POLICY = (
    f"default-src 'none'; style-src '{_hashed(STYLE)}'; script-src '{_hashed(SCRIPT)}'; "
    "base-uri 'none'; form-action 'none'"
)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _head(occasion: Occasion) -> str:
    title = marked(f"vedette: {occasion.subject}")
    columns = "".join(
        f'<th scope="col" class="{name}"><button type="button">{label}</button></th>'
        for name, label in _COLUMNS
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{marked(occasion.subject)}</h1><p>{_moment(occasion.at)}</p></header>\n"
        f'<table id="findings"><thead><tr>{columns}</tr></thead>\n<tbody>\n'
    )


def _tail(occasion: Occasion, counts: Counter[Severity]) -> str:
    numbers = "".join(
        f'<li class="{severity.value.lower()}"><b>{counts[severity]}</b> {severity.value.lower()}</li>'
        for severity in Severity
        if counts[severity]
    )
    gaps = "".join(f"<li>{marked(text)}</li>" for text in occasion.gaps)
    told = (
        f'<details class="gaps"><summary>Not everything could be judged: {len(occasion.gaps)}</summary>'
        f"<ul>{gaps}</ul></details>\n"
        if gaps
        else ""
    )
    return (
        '</tbody></table>\n<section class="summary"><h2>Findings</h2>'
        f"<ul>{numbers or '<li>none</li>'}</ul></section>\n{told}</main>\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _write(entries: Iterable[Entry], occasion: Occasion) -> Iterator[bytes]:
    yield _head(occasion).encode()
    counts: Counter[Severity] = Counter()
    for entry in entries:
        counts[entry.finding.severity] += 1
        yield _row(entry.finding).encode()
    yield _tail(occasion, counts).encode()


def _row(finding: Finding) -> str:
    """The row's HTML."""
    evidence = finding.evidence
    flaw = evidence if isinstance(evidence, Vulnerability) else None
    epss = flaw.epss.probability if flaw and flaw.epss else None
    word = finding.severity.value.lower()
    since = finding.first_observed_at
    cells = (
        f'<td class="severity {word}" data-n="{finding.severity.rank}"><b>{word}</b></td>',
        f'<td class="risk" data-n="{finding.score.risk:g}">{finding.score.risk:.0f}</td>',
        f'<td class="finding">{_folded(finding)}</td>',
        f'<td class="resource">{marked(finding.key.resource.id)}</td>',
        f'<td class="fix">{_fixes(flaw) if flaw else ""}</td>',
        f'<td class="epss" data-n="{-1 if epss is None else epss}">{"" if epss is None else f"{epss:.1%}"}</td>',
        f'<td class="exploit">{_exploited(flaw) if flaw else ""}</td>',
        f'<td class="status">{finding.status.value.lower()}</td>',
        f'<td class="since" data-n="{since.timestamp():.0f}">{since:%Y-%m-%d}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>\n"


def _exploited(flaw: Vulnerability) -> str:
    if flaw.kev is not None:
        return "known: ransomware" if flaw.kev.ransomware else "known"
    return {"YES": "exploit public"}.get(exploit_available(flaw).value, "")


def _fixes(flaw: Vulnerability) -> str:
    versions = dict.fromkeys(fixed_in(one) for one in flaw.packages)
    return marked(", ".join(versions))


def _folded(finding: Finding) -> str:
    parts = "".join(_parts(finding))
    return f"<details><summary>{marked(finding.title)}</summary>{parts}</details>"


def _parts(finding: Finding) -> Iterator[str]:
    yield f"<p>{marked(finding.description)}</p>"
    yield f"<p><b>{marked(finding.remediation)}</b></p>"
    if finding.suppressed_by:
        yield f"<p>Set aside: {marked(finding.suppressed_by)}</p>"
    match finding.evidence:
        case Vulnerability() as evidence:
            yield _list([_package(one) for one in evidence.packages[:_PACKAGES]])
            yield _more(len(evidence.packages) - _PACKAGES, "packages")
            yield _list(
                [f"{marked(rating.source)}: {marked(rating.vector)}" for rating in evidence.ratings]
            )
            yield _list([_link(one) for one in evidence.references[:_REFERENCES]])
            yield _more(len(evidence.references) - _REFERENCES, "references")
        case Reachable() as evidence:  # pragma: no branch
            hops = evidence.exposure.path
            yield _list([marked(f"{hop.component_id} {hop.because}".strip()) for hop in hops])
    yield f"<p>{marked(finding.id)}</p>"


def _package(one: VulnerablePackage) -> str:
    package = one.package
    places = ", ".join(place.path for place in package.locations[:_PLACES])
    texts = (
        f"{package.name} {package.version}",
        f"fixed in {one.fixed_in}" if one.fixed_in else str(one.fix),
        one.note or "",
        f"set aside: {one.waived}" if one.waived else "",
        places,
    )
    return marked("; ".join(filter(None, texts)))


def _link(url: str) -> str:
    """Only what a browser opens as a page is a link."""
    text = marked(url)
    if not url.lower().startswith(("http://", "https://")):
        return text
    return f'<a href="{text}" rel="noopener noreferrer">{text}</a>'


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>" if items else ""


def _more(count: int, what: str) -> str:
    return f"<p>and {count} more {what}</p>" if count > 0 else ""


REPORT = Report(
    name="html",
    title="HTML, one file",
    media_type="text/html; charset=utf-8",
    suffix=".html",
    write=_write,
    for_people=True,
)
