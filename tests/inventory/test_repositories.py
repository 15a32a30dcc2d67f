"""Which additional repositories an inventory says are enabled."""

import pytest

from tests.matching.memory import MemoryIndex, advisory, affected, package
from tests.simulators.tree import live
from vedette.inventory.collect import collect
from vedette.inventory.streams import placed
from vedette.matching.match import match_inventory
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef, ResourceType

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")
_FOLDER = "etc/yum.repos.d"


def _repositories(files: dict[str, bytes]) -> tuple[str, ...] | None:
    return collect(live(files), resource=_HERE).repositories


def test_repositories_are_those_enabled_or_installed_from() -> None:
    files = {
        f"{_FOLDER}/amzn2-core.repo": b"[amzn2-core]\nenabled=1\n",
        f"{_FOLDER}/amzn2-extras.repo": b"[amzn2extra-docker]\n[amzn2extra-epel]\nenabled=0\n",
        "var/lib/yum/yumdb/r/ab-redis-6-1.amzn2-x86_64/from_repo": b"amzn2extra-redis6",
    }
    assert _repositories(files) == (
        "Amazon Linux:2:extras/docker",
        "Amazon Linux:2:extras/redis6",
    )


def test_core_alone_is_no_additional_repository() -> None:
    assert _repositories({f"{_FOLDER}/amzn2-core.repo": b"[amzn2-core]\n"}) == ()


def test_repositories_are_unknown_where_nobody_speaks_of_them_or_one_file_is_unreadable() -> None:
    assert _repositories({}) is None
    assert _repositories({f"{_FOLDER}/docker-ce.repo": b"[docker-ce-stable]\n"}) is None
    files = {f"{_FOLDER}/a.repo": b"[amzn2-core]\n", f"{_FOLDER}/b.repo": b"[amzn2extra-doc"}
    assert _repositories(files) is None


_RHEL = "etc/os-release"
_LISTED = (
    b"[rhel-9-for-x86_64-baseos-rpms]\nenabled=0\n[rhel-9-for-x86_64-baseos-eus-rpms]\nenabled=1\n"
)


@pytest.mark.parametrize(
    ("release", "listed", "found"),
    [
        (b"ID=rhel\nVERSION_ID=9.2\n", _LISTED, ("Red Hat:9.2:eus",)),
        (b"ID=rhel\nVERSION_ID=9.2\n", b"[rhel-9-for-x86_64-baseos-rpms]\n", ()),
        (
            b"ID=rhel\nVERSION_ID=7.9\n",
            b"[rhel-7-server-els-rpms]\n[rhel-7-server-eus-rpms]\n",
            ("Red Hat:7.9:eus", "Red Hat:7:els"),
        ),
        (b"ID=rhel\nVERSION_ID=8.10\n", _LISTED, ()),
        (b"ID=rhel\nVERSION_ID=9\n", _LISTED, None),
        (b"ID=centos\nVERSION_ID=9\n", _LISTED, None),
        (b"ID=rhel\n", _LISTED, None),
        (b"ID=centos\nVERSION_ID=7\n", b"[rhel-7-server-els-rpms]\n", ("Red Hat:7:els",)),
    ],
)
def test_streams_are_of_the_release_of_the_host(
    release: bytes, listed: bytes, found: tuple[str, ...] | None
) -> None:
    assert _repositories({_RHEL: release, f"{_FOLDER}/redhat.repo": listed}) == found


def test_streams_of_no_distribution_are_unknown() -> None:
    assert _repositories({f"{_FOLDER}/redhat.repo": _LISTED}) is None
    assert placed(["Red Hat:9:eus"], None) is None
    assert placed([], None) == frozenset()


def test_what_a_stream_mends_is_what_counts_on_its_host() -> None:
    of_the_release = affected("Red Hat:9", "bash", "[0,5.1-9.el9)")
    of_the_stream = affected("Red Hat:9.2:eus", "bash", "[0,5.1-6.el9_2)")
    index = MemoryIndex([advisory("CVE-1", of_the_release, of_the_stream)])
    bash = package("Red Hat:9", "bash", "5.1-6.el9_2")
    on_stream, of_release = (
        Inventory(
            resource=_HERE,
            distro=None,
            packages=(bash,),
            repositories=_repositories(
                {_RHEL: b"ID=rhel\nVERSION_ID=9.2\n", f"{_FOLDER}/redhat.repo": listed}
            ),
        )
        for listed in (_LISTED, b"[rhel-9-for-x86_64-baseos-rpms]\n")
    )
    assert match_inventory(on_stream, index).matches == ()
    (found,) = match_inventory(of_release, index).matches
    assert (found.affected.ecosystem, found.advisory.id) == ("Red Hat:9", "CVE-1")
