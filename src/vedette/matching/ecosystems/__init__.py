"""What differs from ecosystem to ecosystem: one rule a file, all of them listed here."""

from vedette.matching.ecosystems import actions, amazon, apk, debian, language, rpm, ubuntu
from vedette.matching.ecosystems._base import Ecosystem, Host, Lookup

__all__ = ["ECOSYSTEMS", "Ecosystem", "Host", "Lookup", "rule_for"]

ECOSYSTEMS: tuple[Ecosystem, ...] = (
    actions.ECOSYSTEM,
    amazon.ECOSYSTEM,
    apk.ECOSYSTEM,
    debian.ECOSYSTEM,
    language.ECOSYSTEM,
    rpm.ECOSYSTEM,
    ubuntu.ECOSYSTEM,
)
"""Every rule; no ecosystem is covered twice."""

_RULES = {covered: rule for rule in ECOSYSTEMS for covered in rule.covers}


def rule_for(ecosystem: str) -> Ecosystem | None:
    """The rule for an ecosystem with or without its release; None where there is none."""
    return _RULES.get(ecosystem.partition(":")[0])
