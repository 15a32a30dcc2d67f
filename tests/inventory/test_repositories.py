"""Which additional repositories an inventory says are enabled."""

from tests.simulators.tree import live
from vedette.inventory.collect import collect
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
