"""Ids that must never change."""

from tests.findings.make import FUNCTION, INSTANCE, LOCAL, exposure
from vedette.findings.identity import exposure_subject, finding_arn, finding_id
from vedette.model.finding import FindingKey
from vedette.model.network import Transport


def test_the_id_is_pinned() -> None:
    key = FindingKey(resource=INSTANCE.ref, subject="CVE-2024-0001")
    assert finding_id(key) == "73c779b73c3d70f16292806ab80a88c3"
    assert (
        finding_arn(key)
        == "arn:aws:inspector2:eu-west-1:111122223333:finding/73c779b73c3d70f16292806ab80a88c3"
    )
    assert (
        finding_id(FindingKey(resource=LOCAL.ref, subject="CVE-2024-0001"))
        == "ac1578089629d94cab2630a4c29bda1b"
    )


def test_another_resource_or_subject_is_another_finding() -> None:
    keys = [
        FindingKey(resource=resource.ref, subject=subject)
        for resource in (INSTANCE, FUNCTION, LOCAL)
        for subject in ("CVE-2024-0001", "CVE-2024-0002")
    ]
    assert len({finding_id(key) for key in keys}) == len(keys)


def test_a_target_outside_aws_has_no_arn() -> None:
    assert finding_arn(FindingKey(resource=LOCAL.ref, subject="x")) is None


def test_the_subject_of_an_exposure() -> None:
    assert exposure_subject(exposure()) == "network/internet-v4/eni-1/TCP/22-22"
    assert exposure_subject(exposure(address="192.0.2.1")) == "network/internet-v4/eni-1/TCP/22-22"
    six = exposure(edge="internet-v6", transport=Transport.UDP, ports=(53, 54))
    assert exposure_subject(six) == "network/internet-v6/eni-1/UDP/53-54"
    url = exposure(
        edge="lambda-url", interface=None, sources=("0.0.0.0/0", "::/0"), ports=(443, 443)
    )
    assert exposure_subject(url) == "network/lambda-url/-/TCP/443-443"
