"""Inspector Classic: resource groups, targets, templates, rules packages, and the instances of a target."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.classic import (
    arns_of,
    described,
    is_within,
    matches,
    new_arn,
    packages_of,
    paged,
    place_of,
    required,
    runs_of,
)
from vedette.api.errors import conflict, invalid
from vedette.api.translate.classic import (
    described_group,
    described_package,
    described_target,
    described_template,
    pairs,
)
from vedette.app.assessments.model import (
    AssessmentRun,
    Group,
    RulesPackage,
    RunState,
    Target,
    Template,
)
from vedette.app.assessments.store import every, find, forget, instances_of, save
from vedette.app.tags import set_tags, tags_of
from vedette.model.resource import Ec2Instance, ResourceRef, Tag

_MOST_TARGETS = 50
_MOST_TEMPLATES = 500


def _create_group(call: Call, asked: Input) -> Output:
    made = Group(
        arn=new_arn(call, "", "resourcegroup"),
        tags=_tags(asked["resourceGroupTags"]),
        created_at=call.now,
    )
    save(call.services.store, place_of(call), made, now=call.now)
    return {"resourceGroupArn": made.arn}


def _describe_groups(call: Call, asked: Input) -> Output:
    def describe(arn: str) -> Output | None:
        group = find(call.services.store, place_of(call), Group, arn)
        return None if group is None else described_group(group)

    return described(asked["resourceGroupArns"], "resourceGroups", describe)


def _create_target(call: Call, asked: Input) -> Output:
    group = asked.get("resourceGroupArn")
    if group is not None:
        required(call, Group, group)
    store, place = call.services.store, place_of(call)
    known = list(every(store, place, Target))
    if len(known) >= _MOST_TARGETS:
        raise invalid(f"There are {_MOST_TARGETS} targets, which is the most")
    _check_name(asked["assessmentTargetName"], (one.name for one in known))
    made = Target(
        arn=new_arn(call, "", "target"),
        name=asked["assessmentTargetName"],
        group=group,
        created_at=call.now,
        updated_at=call.now,
    )
    save(store, place, made, now=call.now)
    return {"assessmentTargetArn": made.arn}


def _update_target(call: Call, asked: Input) -> Output:
    known = required(call, Target, asked["assessmentTargetArn"])
    group = asked.get("resourceGroupArn")
    if group is not None:
        required(call, Group, group)
    changed = msgspec.structs.replace(
        known, name=asked["assessmentTargetName"], group=group, updated_at=call.now
    )
    save(call.services.store, place_of(call), changed, now=call.now)
    return {}


def _delete_target(call: Call, asked: Input) -> Output:
    target = required(call, Target, asked["assessmentTargetArn"])
    for template in _templates(call, [target.arn]):
        _delete_template(call, {"assessmentTemplateArn": template.arn})
    forget(call.services.store, place_of(call), Target, target.arn)
    return {}


def _describe_targets(call: Call, asked: Input) -> Output:
    def describe(arn: str) -> Output | None:
        target = find(call.services.store, place_of(call), Target, arn)
        return None if target is None else described_target(target)

    return described(asked["assessmentTargetArns"], "assessmentTargets", describe)


def _list_targets(call: Call, asked: Input) -> Output:
    pattern = asked.get("filter", {}).get("assessmentTargetNamePattern")
    targets = every(call.services.store, place_of(call), Target)
    found = [one.arn for one in targets if matches(pattern, one.name)]
    shown, token = paged(call, asked, found)
    return {"assessmentTargetArns": shown, **token}


def _create_template(call: Call, asked: Input) -> Output:
    target = required(call, Target, asked["assessmentTargetArn"])
    packages = packages_of(call, asked["rulesPackageArns"])
    if not packages:
        raise invalid("A template has at least one rules package")
    store, place = call.services.store, place_of(call)
    known = list(every(store, place, Template))
    if len(known) >= _MOST_TEMPLATES:
        raise invalid(f"There are {_MOST_TEMPLATES} templates, which is the most")
    name = asked["assessmentTemplateName"]
    _check_name(name, (one.name for one in known if one.target == target.arn))
    made = Template(
        arn=new_arn(call, target.arn, "template"),
        name=name,
        target=target.arn,
        seconds=asked["durationInSeconds"],
        packages=packages,
        attributes=_tags(asked.get("userAttributesForFindings", ())),
        created_at=call.now,
    )
    save(store, place, made, now=call.now)
    return {"assessmentTemplateArn": made.arn}


def _delete_template(call: Call, asked: Input) -> Output:
    template = required(call, Template, asked["assessmentTemplateArn"])
    store, place = call.services.store, place_of(call)
    runs = runs_of(call, template.arn)
    if any(run.state is RunState.COLLECTING for run in runs):
        raise conflict(
            "A run of it is in progress", resource_id=template.arn, resource_type="TEMPLATE"
        )
    for run in runs:
        forget(store, place, AssessmentRun, run.arn)
    forget(store, place, Template, template.arn)
    set_tags(store, template.arn, {}, now=call.now)
    return {}


def _describe_templates(call: Call, asked: Input) -> Output:
    def describe(arn: str) -> Output | None:
        template = find(call.services.store, place_of(call), Template, arn)
        if template is None:
            return None
        return described_template(template, arns_of(call, template.packages), runs_of(call, arn))

    return described(asked["assessmentTemplateArns"], "assessmentTemplates", describe)


def _list_templates(call: Call, asked: Input) -> Output:
    found = [
        one.arn
        for one in _templates(call, asked.get("assessmentTargetArns"))
        if _passes(call, asked.get("filter", {}), one)
    ]
    shown, token = paged(call, asked, found)
    return {"assessmentTemplateArns": shown, **token}


def _list_packages(call: Call, asked: Input) -> Output:
    shown, token = paged(call, asked, arns_of(call, tuple(RulesPackage)))
    return {"rulesPackageArns": shown, **token}


def _describe_packages(call: Call, asked: Input) -> Output:
    known = dict(zip(arns_of(call, tuple(RulesPackage)), RulesPackage, strict=True))

    def describe(arn: str) -> Output | None:
        return described_package(arn, known[arn]) if arn in known else None

    return described(asked["rulesPackageArns"], "rulesPackages", describe)


def _preview(call: Call, asked: Input) -> Output:
    target = required(call, Target, asked["previewAgentsArn"])
    store = call.services.store
    everywhere = call.caller.accounts is None
    refs = instances_of(store, place_of(call), target, everywhere=everywhere)
    shown, token = paged(call, asked, refs)
    known = store.resources_of(shown)
    agents = [
        _agent(ref, facts)
        for ref in shown
        if ref in known and isinstance(facts := known[ref].facts, Ec2Instance)
    ]
    return {"agentPreviews": agents, **token}


def _set_tags(call: Call, asked: Input) -> Output:
    template = required(call, Template, asked["resourceArn"])
    tags = {tag.key: tag.value for tag in _tags(asked.get("tags", ()))}
    set_tags(call.services.store, template.arn, tags, now=call.now)
    return {}


def _list_tags(call: Call, asked: Input) -> Output:
    template = required(call, Template, asked["resourceArn"])
    tags = tags_of(call.services.store, template.arn)
    return {"tags": pairs(Tag(key=key, value=value) for key, value in tags.items())}


HANDLERS: Mapping[str, Handler] = {
    "CreateAssessmentTarget": _create_target,
    "CreateAssessmentTemplate": _create_template,
    "CreateResourceGroup": _create_group,
    "DeleteAssessmentTarget": _delete_target,
    "DeleteAssessmentTemplate": _delete_template,
    "DescribeAssessmentTargets": _describe_targets,
    "DescribeAssessmentTemplates": _describe_templates,
    "DescribeResourceGroups": _describe_groups,
    "DescribeRulesPackages": _describe_packages,
    "ListAssessmentTargets": _list_targets,
    "ListAssessmentTemplates": _list_templates,
    "ListRulesPackages": _list_packages,
    "ListTagsForResource": _list_tags,
    "PreviewAgents": _preview,
    "SetTagsForResource": _set_tags,
    "UpdateAssessmentTarget": _update_target,
}

NOTES: Mapping[str, Note] = {
    "CreateResourceGroup": Note(
        support=Support.WORKS,
        why="an instance belongs to it that has one of the values of every key that is named",
    ),
    "ListRulesPackages": Note(
        support=Support.WORKS,
        why="common vulnerabilities and network reachability; there are no CIS benchmarks and no best practices",
    ),
    "PreviewAgents": Note(support=Support.WORKS, why="the SSM agent stands for Classic's own"),
}


def _templates(call: Call, targets: list[str] | None) -> Iterator[Template]:
    for template in every(call.services.store, place_of(call), Template):
        if not targets or template.target in targets:
            yield template


def _passes(call: Call, criteria: Mapping[str, Any], template: Template) -> bool:
    wanted = criteria.get("rulesPackageArns")
    return (
        matches(criteria.get("namePattern"), template.name)
        and is_within(template.seconds, criteria.get("durationRange"), "minSeconds", "maxSeconds")
        and (not wanted or not set(wanted).isdisjoint(arns_of(call, template.packages)))
    )


def _tags(asked: Any) -> tuple[Tag, ...]:
    return tuple(sorted(Tag(key=one["key"], value=one.get("value", "")) for one in asked))


def _check_name(name: str, known: Iterator[str]) -> None:
    if name in known:
        raise invalid(f"There is one with the name {name!r} already")


def _agent(ref: ResourceRef, facts: Ec2Instance) -> Output:
    told: Output = {
        "agentId": ref.id,
        "agentHealth": "HEALTHY" if facts.managed_by_ssm else "UNKNOWN",
    }
    if facts.platform:
        told["operatingSystem"] = facts.platform[:256]
    if facts.ipv4_addresses:
        told["ipv4Address"] = facts.ipv4_addresses[0]
    return told
