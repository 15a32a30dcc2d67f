"""Inspector Classic: runs of templates, their findings, and what vedette does not do of it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.api.absent import none_of, refusing
from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.classic import (
    arns_of,
    described,
    is_within,
    matches,
    new_arn,
    paged,
    place_of,
    required,
    required_run,
    runs_of,
)
from vedette.api.errors import invalid
from vedette.api.translate.classic import (
    attributes_of as own_attributes,
    described_finding,
    described_run,
    pairs,
    severity_of,
)
from vedette.app.assessments.attributes import attributes_of, change_attributes
from vedette.app.assessments.model import AssessmentRun, RunState, Target, Template
from vedette.app.assessments.store import (
    find,
    findings_of,
    forget,
    instances_of,
    package_of,
    run_as_of,
    save,
    was_open,
)
from vedette.model.finding import Finding, FindingId
from vedette.model.resource import Tag

_FINDING = "/finding/0-"
_NO_AGENT = "vedette has no agent of its own, and keeps no exclusions and no telemetry"
_NO_SNS = "vedette sends no notifications to SNS: findings go to EventBridge and Security Hub"
_NO_REPORT = "vedette writes no HTML or PDF of a run: CreateFindingsReport writes CSV and JSON"
_NO_ROLE = "vedette assumes the role that it was configured with"


def _start(call: Call, asked: Input) -> Output:
    template = required(call, Template, asked["assessmentTemplateArn"])
    target = required(call, Target, template.target)
    store, place = call.services.store, place_of(call)
    everywhere = call.caller.accounts is None
    instances = instances_of(store, place, target, everywhere=everywhere)
    if not instances:
        raise invalid("The target has no instances")
    made = AssessmentRun(
        arn=new_arn(call, template.arn, "run"),
        name=asked.get("assessmentRunName") or f"Run - {template.name} - {call.now.isoformat()}",
        template=template,
        instances=instances,
        started_at=call.now,
    )
    save(store, place, made, now=call.now)
    call.services.look_now(tuple(ref.id for ref in instances))
    return {"assessmentRunArn": made.arn}


def _stop(call: Call, asked: Input) -> Output:
    run = required_run(call, asked["assessmentRunArn"])
    if run.state is not RunState.COLLECTING:
        raise invalid("The run is over")
    skip = asked.get("stopAction") == "SKIP_EVALUATION"
    state = RunState.CANCELED if skip else RunState.COMPLETED
    ended = msgspec.structs.replace(run, state=state, ended_at=call.now)
    save(call.services.store, place_of(call), ended, now=call.now)
    return {}


def _delete(call: Call, asked: Input) -> Output:
    run = required_run(call, asked["assessmentRunArn"])
    if run.state is RunState.COLLECTING:
        raise invalid("The run is in progress")
    forget(call.services.store, place_of(call), AssessmentRun, run.arn)
    return {}


def _describe(call: Call, asked: Input) -> Output:
    store, place = call.services.store, place_of(call)

    def describe(arn: str) -> Output | None:
        kept = find(store, place, AssessmentRun, arn)
        if kept is None:
            return None
        run = run_as_of(store, place, kept, now=call.now)
        counts = Counter(severity_of(finding) for finding in findings_of(store, run))
        return described_run(run, arns_of(call, run.template.packages), counts)

    return described(asked["assessmentRunArns"], "assessmentRuns", describe)


def _list(call: Call, asked: Input) -> Output:
    templates = asked.get("assessmentTemplateArns")
    found = [
        run.arn
        for run in runs_of(call)
        if (not templates or run.template.arn in templates)
        and _run_passes(call, asked.get("filter", {}), run)
    ]
    shown, token = paged(call, asked, found)
    return {"assessmentRunArns": shown, **token}


def _list_findings(call: Call, asked: Input) -> Output:
    named = asked.get("assessmentRunArns")
    runs = [required_run(call, arn) for arn in named] if named else list(runs_of(call))
    criteria = asked.get("filter", {})
    found = (
        _finding_arn(run, finding)
        for run in runs
        for finding in findings_of(call.services.store, run)
        if _finding_passes(call, criteria, run, finding)
    )
    shown, token = paged(call, asked, found)
    return {"findingArns": shown, **token}


def _describe_findings(call: Call, asked: Input) -> Output:
    store = call.services.store

    def describe(arn: str) -> Output | None:
        known = _finding(call, arn)
        if known is None:
            return None
        run, finding = known
        ref = finding.key.resource
        resource = store.resources_of((ref,)).get(ref)
        (package,) = arns_of(call, (package_of(finding),))
        told = described_finding(arn, finding, resource, run, package)
        own = attributes_of(store, place_of(call), arn)
        return {**told, "userAttributes": [*told["userAttributes"], *pairs(own)][:10]}

    return described(asked["findingArns"], "findings", describe)


def _add_attributes(call: Call, asked: Input) -> Output:
    put = [Tag(key=one["key"], value=one.get("value", "")) for one in asked["attributes"]]
    return _change(call, asked, put=put)


def _remove_attributes(call: Call, asked: Input) -> Output:
    return _change(call, asked, drop=asked["attributeKeys"])


HANDLERS: Mapping[str, Handler] = {
    "AddAttributesToFindings": _add_attributes,
    "CreateExclusionsPreview": refusing(_NO_AGENT),
    "DeleteAssessmentRun": _delete,
    "DescribeAssessmentRuns": _describe,
    "DescribeCrossAccountAccessRole": refusing(_NO_ROLE),
    "DescribeExclusions": refusing(_NO_AGENT),
    "DescribeFindings": _describe_findings,
    "GetAssessmentReport": refusing(_NO_REPORT),
    "GetExclusionsPreview": refusing(_NO_AGENT),
    "GetTelemetryMetadata": refusing(_NO_AGENT),
    "ListAssessmentRunAgents": refusing(_NO_AGENT),
    "ListAssessmentRuns": _list,
    "ListEventSubscriptions": none_of("subscriptions"),
    "ListExclusions": none_of("exclusionArns"),
    "ListFindings": _list_findings,
    "RegisterCrossAccountAccessRole": refusing(_NO_ROLE),
    "RemoveAttributesFromFindings": _remove_attributes,
    "StartAssessmentRun": _start,
    "StopAssessmentRun": _stop,
    "SubscribeToEvent": refusing(_NO_SNS),
    "UnsubscribeFromEvent": refusing(_NO_SNS),
}

NOTES: Mapping[str, Note] = {
    **{
        name: Note(support=Support.REFUSED, why=why)
        for why, names in (
            (
                _NO_AGENT,
                (
                    "CreateExclusionsPreview",
                    "DescribeExclusions",
                    "GetExclusionsPreview",
                    "GetTelemetryMetadata",
                    "ListAssessmentRunAgents",
                ),
            ),
            (_NO_REPORT, ("GetAssessmentReport",)),
            (_NO_ROLE, ("DescribeCrossAccountAccessRole", "RegisterCrossAccountAccessRole")),
            (_NO_SNS, ("SubscribeToEvent", "UnsubscribeFromEvent")),
        )
        for name in names
    },
    "ListEventSubscriptions": Note(support=Support.EMPTY, why=_NO_SNS),
    "ListExclusions": Note(support=Support.EMPTY, why=_NO_AGENT),
    "StartAssessmentRun": Note(
        support=Support.WORKS,
        why="a run is over when a pass has looked at every instance of the target, or its time is up",
    ),
}


def _change(call: Call, asked: Input, **what: Any) -> Output:
    failed: Output = {}
    for arn in dict.fromkeys(asked["findingArns"]):
        if _finding(call, arn) is None:
            failed[arn] = {"failureCode": "ITEM_DOES_NOT_EXIST", "retryable": False}
        else:
            change_attributes(call.services.store, place_of(call), arn, now=call.now, **what)
    return {"failedItems": failed}


def _finding_arn(run: AssessmentRun, finding: Finding) -> str:
    return f"{run.arn}{_FINDING}{finding.id}"


def _finding(call: Call, arn: str) -> tuple[AssessmentRun, Finding] | None:
    """A finding of a run, by its ARN there."""
    above, _, identity = arn.partition(_FINDING)
    store, place = call.services.store, place_of(call)
    kept = find(store, place, AssessmentRun, above)
    finding = None if kept is None else store.get(FindingId(identity))
    if kept is None or finding is None:
        return None
    run = run_as_of(store, place, kept, now=call.now)
    belongs = finding.key.resource in run.instances and was_open(finding, run)
    return (run, finding) if belongs and package_of(finding) in run.template.packages else None


def _run_passes(call: Call, criteria: Mapping[str, Any], run: AssessmentRun) -> bool:
    wanted = criteria.get("rulesPackageArns")
    changed = run.ended_at or run.started_at
    times = (
        ("startTimeRange", run.started_at),
        ("completionTimeRange", run.ended_at),
        ("stateChangeTimeRange", changed),
    )
    return (
        matches(criteria.get("namePattern"), run.name)
        and (not criteria.get("states") or run.state in criteria["states"])
        and is_within(
            run.template.seconds, criteria.get("durationRange"), "minSeconds", "maxSeconds"
        )
        and (not wanted or not set(wanted).isdisjoint(arns_of(call, run.template.packages)))
        and all(is_within(at, criteria.get(name), "beginDate", "endDate") for name, at in times)
    )


def _finding_passes(
    call: Call, criteria: Mapping[str, Any], run: AssessmentRun, finding: Finding
) -> bool:
    packages = arns_of(call, (package_of(finding),))
    given = {(tag.key, tag.value) for tag in run.template.attributes}
    tests: Iterator[bool] = iter(
        (
            _is_among(finding.key.resource.id, criteria.get("agentIds")),
            not criteria.get("autoScalingGroups"),
            _is_among(finding.title, criteria.get("ruleNames")),
            _is_among(severity_of(finding), criteria.get("severities")),
            _is_among(packages[0], criteria.get("rulesPackageArns")),
            _has(set(own_attributes(finding)), criteria.get("attributes")),
            _has(given, criteria.get("userAttributes")),
            is_within(
                finding.first_observed_at,
                criteria.get("creationTimeRange"),
                "beginDate",
                "endDate",
            ),
        )
    )
    return all(tests)


def _is_among(value: str, wanted: list[str] | None) -> bool:
    return not wanted or value in wanted


def _has(known: set[tuple[str, str]], wanted: list[Mapping[str, str]] | None) -> bool:
    return not wanted or any((one["key"], one.get("value", "")) in known for one in wanted)
