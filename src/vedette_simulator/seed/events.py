"""EventBridge rules with their topics, queues and functions."""

import json

from vedette_simulator.estate.model import Estate, Rule
from vedette_simulator.world import Place, World


def make_rules(world: World, estate: Estate) -> None:
    """Put every rule on the default bus, with what it sends to."""
    for rule in estate.rules:
        place = Place(account=rule.account, region=rule.region)
        asked = {"Name": rule.name, "EventPattern": json.dumps(rule.pattern), "State": "ENABLED"}
        world.invoke("events", "PutRule", asked, place)
        targets = _targets(world, rule, place)
        world.invoke("events", "PutTargets", {"Rule": rule.name, "Targets": targets}, place)


def _targets(world: World, rule: Rule, place: Place) -> list[dict[str, str]]:
    targets = []
    if rule.topic is not None:
        topic = world.invoke("sns", "CreateTopic", {"Name": rule.topic}, place)["TopicArn"]
        if rule.queue is not None:
            asked = {
                "TopicArn": topic,
                "Protocol": "sqs",
                "Endpoint": _queue(world, rule.queue, place),
            }
            world.invoke("sns", "Subscribe", asked, place)
        targets.append({"Id": "topic", "Arn": topic})
    if rule.direct_queue is not None:
        targets.append({"Id": "queue", "Arn": _queue(world, rule.direct_queue, place)})
    if rule.function is not None:
        targets.append({"Id": "function", "Arn": place.arn("lambda", f"function:{rule.function}")})
    return targets


def _queue(world: World, name: str, place: Place) -> str:
    world.invoke("sqs", "CreateQueue", {"QueueName": name}, place)
    return place.arn("sqs", name)
