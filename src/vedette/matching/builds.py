"""Builds of one rpm that only their release tells apart: Oracle's flavours, and CentOS's rebuilds of Red Hat's updates."""

import re

import msgspec

from vedette.model.advisory import Affected
from vedette.model.package import Package

_FLAVOURS = (
    (re.compile(r"\.ksplice[0-9]*(?:\.|$)"), "Ksplice"),
    (re.compile(r"_fips(?:[._]|$)"), "FIPS"),
)
"""Oracle builds user space for Ksplice, and for FIPS 140, from the same sources with numbers of their own."""
_REBUILD = re.compile(r"(?P<base>.+\.el[0-9]+)\.centos(?:\.(?P<update>[0-9]{1,9}))?")
_UPDATE = re.compile(r"(?P<base>.+\.el[0-9]+)_[0-9]+(?:\.(?P<update>[0-9]{1,9}))?")


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row does not speak of the package, or (`doubtful`) may not."""

    reason: str
    doubtful: bool = False


def other_build(package: Package, affected: Affected) -> Objection | None:
    """Why the row is about another build of the same package; None where it is about this one."""
    if package.ecosystem.startswith("Oracle Linux:"):
        return _other_flavour(package.version, affected)
    if package.ecosystem.startswith("CentOS:"):
        return _rebuilt(package.version, affected)
    return None


def _other_flavour(version: str, affected: Affected) -> Objection | None:
    """A flavour's fixes have numbers that mean nothing to the plain build, and the other way round."""
    fixed = {_flavour(run.fixed) for run in affected.ranges if run.fixed is not None}
    installed = _flavour(version)
    if not fixed or installed in fixed:
        return None
    named = ", ".join(sorted(fixed))
    return Objection(
        reason=f"the advisory is for the {named} build, the package is the {installed} one"
    )


def _flavour(version: str) -> str:
    return next((name for pattern, name in _FLAVOURS if pattern.search(version)), "plain")


def _rebuilt(version: str, affected: Affected) -> Objection | None:
    """CentOS called its rebuild of Red Hat's `2.4.6-99.el7_9.1` `2.4.6-99.el7.centos.1`, which sorts below."""
    installed = _REBUILD.fullmatch(version)
    if installed is None:
        return None
    for run in affected.ranges:
        fixed = _UPDATE.fullmatch(run.fixed or "")
        if fixed is None or fixed["base"] != installed["base"]:
            continue
        if int(installed["update"] or 0) >= int(fixed["update"] or 0):
            return Objection(reason=f"{version} is CentOS's build of {run.fixed} or of a later one")
    return None
