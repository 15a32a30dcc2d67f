"""`vedette scan` and `vedette sbom` on every kind of target."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.targets import (
    DJANGO,
    DPKG,
    OS_RELEASE,
    docker_archive,
    lambda_zip,
    oci_layout,
    rootfs,
)
from tests.sources import disk_images

LAYERS = [
    {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": DPKG},
    {
        "app/site-packages/Django-3.2.0.dist-info/METADATA": DJANGO,
        "app/site-packages/gone-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: gone\nVersion: 1.0\n",
    },
    {"app/site-packages/gone-1.0.dist-info/.wh.METADATA": ""},
]
KEYS = [
    "schema",
    "target",
    "distro",
    "database",
    "packages",
    "findings",
    "undecided",
    "unjudged",
    "failures",
    "fix_plan",
]


def _target(kind: str, tmp_path: Path) -> Path:
    match kind:
        case "rootfs":
            return rootfs(tmp_path / "root")
        case "oci":
            return oci_layout(tmp_path / "layout", LAYERS)
        case "docker":
            return docker_archive(tmp_path / "image.tar", LAYERS)
        case _:
            return lambda_zip(tmp_path / "function.zip")


_KINDS = {"rootfs": "rootfs", "oci": "image", "docker": "image", "lambda": "lambda"}


def _scan(run: Run, kind: str, tmp_path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    target = _target(kind, tmp_path)
    result = run("scan", _KINDS[kind], target, "--format", "json", *options)
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("kind", _KINDS)
def test_a_vulnerable_django_is_found_in_every_kind_of_target(
    kind: str, run: Run, tmp_path: Path
) -> None:
    code, document = _scan(run, kind, tmp_path)

    assert code == 0
    assert list(document) == KEYS
    assert document["schema"] == "vedette-scan/1"
    assert "pkg:pypi/django@3.2.0" in {package["purl"] for package in document["packages"]}
    assert "pkg:pypi/django@3.2.0" in {finding["package"] for finding in document["findings"]}
    assert document["failures"] == []
    assert document["database"]["starter"] is True
    steps = {step["package"]: step["upgrade_to"] for step in document["fix_plan"]}
    assert steps["pkg:pypi/django@3.2.0"] > "3.2.0"


@pytest.mark.parametrize("kind", ["oci", "docker"])
def test_layers_are_merged_and_named(kind: str, run: Run, tmp_path: Path) -> None:
    _, document = _scan(run, kind, tmp_path)
    by_name = {package["name"]: package for package in document["packages"]}

    assert "gone" not in by_name
    layers = {by_name[name]["locations"][0]["layer"] for name in ("openssl", "django")}
    assert len(layers) == 2
    assert all(layer.startswith("sha256:") for layer in layers)


def test_a_finding_says_why(run: Run, tmp_path: Path) -> None:
    _, document = _scan(run, "rootfs", tmp_path)
    finding = next(one for one in document["findings"] if one["vulnerability"] == "CVE-2023-44487")

    assert finding["package"].startswith("pkg:deb/debian/libnghttp2-14@1.52.0-1?")
    assert finding["installed"] == "1.52.0-1"
    assert finding["fixed_in"] == "1.52.0-1+deb12u1"
    assert finding["fix_state"] == "fixed"
    assert finding["kev"]["added"] == "2023-10-10"
    assert 0 < finding["epss"]["score"] <= 1
    assert finding["match"]["kind"] == "exact-indirect"
    assert finding["match"]["range"]["fixed"] == "1.52.0-1+deb12u1"
    assert finding["cvss"][0]["score"] == 7.5


def test_the_same_target_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    target = _target("oci", tmp_path)
    first = run("scan", "image", target, "--format", "json").stdout
    cached = run("scan", "image", target, "--format", "json").stdout
    fresh = run("scan", "image", target, "--format", "json", "--no-cache").stdout
    assert first == cached == fresh


def test_the_starter_set_is_always_named(run: Run, tmp_path: Path) -> None:
    result = run("scan", "rootfs", rootfs(tmp_path / "root"))
    assert "judged with the starter set of 20" in result.stderr
    assert "vedette db update" in result.stderr


def test_the_table_has_the_worst_first(run: Run, tmp_path: Path) -> None:
    result = run("scan", "rootfs", rootfs(tmp_path / "root"))
    lines = result.stdout.splitlines()
    assert lines[0].endswith("Debian GNU/Linux 12 (bookworm), 3 packages")
    assert lines[2].split()[:4] == ["VULNERABILITY", "SEVERITY", "RISK", "EPSS"]
    order = ["CRITICAL", "HIGH", "MEDIUM", "LOW"]
    severities = [line.split()[1] for line in lines[3:] if line.startswith("CVE-")]
    assert severities == sorted(severities, key=order.index)


def test_fail_on_sets_the_exit_status(run: Run, tmp_path: Path) -> None:
    target = rootfs(tmp_path / "root")
    assert run("scan", "rootfs", target, "--fail-on", "high").exit_code == 1
    clean = tmp_path / "clean"
    clean.mkdir()
    assert run("scan", "rootfs", clean, "--fail-on", "low").exit_code == 0


def test_unfixed_ones_can_be_left_out(run: Run, tmp_path: Path) -> None:
    _, document = _scan(run, "rootfs", tmp_path, "--ignore-unfixed")
    assert document["findings"]
    assert {finding["fix_state"] for finding in document["findings"]} == {"fixed"}


def test_cyclonedx_names_the_vulnerabilities(run: Run, tmp_path: Path) -> None:
    target = rootfs(tmp_path / "root")
    document = json.loads(run("scan", "rootfs", target, "--format", "cyclonedx").stdout)
    refs = {component["bom-ref"] for component in document["components"]}
    affected = {entry["ref"] for one in document["vulnerabilities"] for entry in one["affects"]}
    assert document["bomFormat"] == "CycloneDX"
    assert affected
    assert affected <= refs


def test_output_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    target, output = rootfs(tmp_path / "root"), tmp_path / "out.json"
    result = run("scan", "rootfs", target, "--format", "json", "--output", output)
    assert result.stdout == ""
    assert json.loads(output.read_bytes())["schema"] == "vedette-scan/1"


def test_an_unwritable_output_is_a_clear_error(run_main: Run, tmp_path: Path) -> None:
    result = run_main("scan", "rootfs", rootfs(tmp_path / "root"), "-o", tmp_path / "no" / "out")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("kind", ["disk", "image", "rootfs", "lambda"])
def test_a_target_that_is_not_there_is_exit_status_2(
    kind: str, run_main: Run, tmp_path: Path
) -> None:
    result = run_main("scan", kind, tmp_path / "nothing")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("vedette: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("kind", ["disk", "image", "lambda"])
def test_rubbish_is_exit_status_2(kind: str, run_main: Run, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"\x00\xff" * 4096)
    result = run_main("scan", kind, rubbish)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def test_a_database_that_is_not_there_is_not_replaced(run_main: Run, tmp_path: Path) -> None:
    result = run_main("scan", "rootfs", rootfs(tmp_path / "root"), "--db", tmp_path / "no.db")
    assert result.exit_code == 2
    assert "no.db" in result.stderr


def test_an_unreadable_layer_is_done_in_part(run: Run, tmp_path: Path) -> None:
    layout = oci_layout(tmp_path / "layout", LAYERS)
    blobs = sorted((layout / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    layer = next(path for path in blobs if path.read_bytes()[:2] == b"\x1f\x8b")
    layer.write_bytes(layer.read_bytes()[:40])
    result = run("scan", "image", layout, "--format", "json")

    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert document["failures"]
    assert document["packages"]


def test_a_truncated_package_database_is_done_in_part(run: Run, tmp_path: Path) -> None:
    target = rootfs(tmp_path / "root")
    rpm = target / "var" / "lib" / "rpm"
    rpm.mkdir(parents=True)
    (rpm / "rpmdb.sqlite").write_bytes(b"SQLite format 3\x00" + b"\x10\x00" * 20)
    result = run("scan", "rootfs", target, "--format", "json")

    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert [failure["path"] for failure in document["failures"]] == ["var/lib/rpm/rpmdb.sqlite"]
    assert len(document["packages"]) == 3
    shown = run("scan", "rootfs", target)
    assert "1 could not be read:" in shown.stdout


@pytest.mark.parametrize("form", ["cyclonedx", "cyclonedx-1.4", "cyclonedx-1.6"])
def test_sbom_is_the_inventory_alone(form: str, run: Run, tmp_path: Path) -> None:
    result = run("sbom", "rootfs", rootfs(tmp_path / "root"), "--format", form)
    document = json.loads(result.stdout)
    purls = {component.get("purl", "").partition("?")[0] for component in document["components"]}

    assert result.exit_code == 0
    assert "pkg:pypi/django@3.2.0" in purls
    assert "vulnerabilities" not in document


def test_sbom_says_what_it_could_not_read(run: Run, tmp_path: Path) -> None:
    target = rootfs(tmp_path / "root")
    (target / "lib" / "apk" / "db").mkdir(parents=True)
    (target / "lib" / "apk" / "db" / "installed").write_bytes(b"\x00\x00\xff rubbish")
    result = run("sbom", "rootfs", target)
    assert result.exit_code == 3
    assert "not read: lib/apk/db/installed" in result.stderr


def test_a_repository_is_judged_by_what_it_declares(run: Run, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("django==3.2.0\nrequests>=2\n")
    (tmp_path / "Django-1.0.dist-info").mkdir()
    (tmp_path / "Django-1.0.dist-info" / "METADATA").write_text(DJANGO.replace("3.2.0", "1.0"))
    document = json.loads(run("scan", "repo", tmp_path, "--format", "json").stdout)

    assert [package["purl"] for package in document["packages"]] == ["pkg:pypi/django@3.2.0"]
    assert {finding["package"] for finding in document["findings"]} == {"pkg:pypi/django@3.2.0"}


def test_a_lock_file_in_an_image_proves_no_installation(run: Run, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("django==3.2.0\n")
    document = json.loads(run("scan", "rootfs", tmp_path, "--format", "json").stdout)
    assert document["packages"] == []


@pytest.mark.parametrize("form", ["cyclonedx", "cyclonedx-1.4", "cyclonedx-1.6", "spdx"])
def test_an_sbom_of_ours_gives_the_same_findings(form: str, run: Run, tmp_path: Path) -> None:
    target = rootfs(tmp_path / "root")
    sbom = tmp_path / "sbom.json"
    run("sbom", "rootfs", target, "--format", form, "--output", sbom)
    own = json.loads(run("scan", "rootfs", target, "--format", "json").stdout)
    result = run("scan", "sbom", sbom, "--format", "json")
    stated = json.loads(result.stdout)

    assert result.exit_code == 0
    assert [(one["vulnerability"], one["package"]) for one in stated["findings"]] == [
        (one["vulnerability"], one["package"]) for one in own["findings"]
    ]


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\xff", b'{"bomFormat": "CycloneDX"'])
def test_what_is_no_sbom_is_exit_status_2(content: bytes, run_main: Run, tmp_path: Path) -> None:
    sbom = tmp_path / "sbom.json"
    sbom.write_bytes(content)
    result = run_main("scan", "sbom", sbom)
    assert result.exit_code == 2
    assert str(sbom) in result.stderr


def test_an_sbom_that_is_not_there(run_main: Run, tmp_path: Path) -> None:
    result = run_main("scan", "sbom", tmp_path / "none.json")
    assert result.exit_code == 2
    assert "none.json: No such file or directory" in result.stderr


def _openvex(path: Path, flaw: str, product: str) -> Path:
    statement = {
        "vulnerability": {"name": flaw},
        "products": [{"@id": product}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
    }
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "Example",
        "timestamp": "2026-01-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    path.write_text(json.dumps(document))
    return path


def test_what_vex_clears_is_set_aside_and_does_not_fail(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "root"
    metadata = target / "usr/lib/python3/site-packages/Jinja2-2.11.2.dist-info/METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.11.2\n")
    flaws = {
        finding["vulnerability"]
        for finding in json.loads(run("scan", "rootfs", target, "--format", "json").stdout)[
            "findings"
        ]
    }
    assert flaws
    files = [
        _openvex(tmp_path / f"{flaw}.json", flaw, "pkg:pypi/jinja2@2.11.2")
        for flaw in sorted(flaws)
    ]
    options = [part for file in files for part in ("--vex", file)]
    result = run("scan", "rootfs", target, "--fail-on", "low", *options)

    assert result.exit_code == 0
    assert f"{len(flaws)} set aside" in result.stdout
    assert run("scan", "rootfs", target, "--fail-on", "low").exit_code == 1


def test_a_vex_file_that_is_none(run_main: Run, tmp_path: Path) -> None:
    rubbish = tmp_path / "vex.json"
    rubbish.write_text("[]")
    result = run_main("scan", "rootfs", rootfs(tmp_path / "root"), "--vex", rubbish)
    assert result.exit_code == 2
    assert "vex.json" in result.stderr
    missing = run_main("scan", "rootfs", rootfs(tmp_path / "root"), "--vex", tmp_path / "no.json")
    assert missing.exit_code == 2
    assert "no.json: No such file or directory" in missing.stderr


def test_why_a_flaw_is_not_reported(run: Run, tmp_path: Path) -> None:
    target = rootfs(tmp_path / "root")
    shown = run("findings", "explain", "--not", "CVE-2021-44228", "rootfs", target)
    assert shown.exit_code == 0
    assert shown.stdout
    there = run("findings", "explain", "--not", "CVE-2023-44487", "rootfs", target)
    assert "libnghttp2-14" in there.stdout or "nghttp2" in there.stdout


@pytest.mark.parametrize(
    "what", [("one", "two"), ("--not", "CVE-1", "moon", "/"), ("--not", "CVE-1", "x")]
)
def test_explain_wants_one_finding_or_a_target(what: tuple[str, ...], run: Run) -> None:
    assert run("findings", "explain", *what).exit_code == 2


@pytest.mark.parametrize("form", ["raw", "qcow2"])
def test_a_disk_has_what_its_root_file_system_has(form: str, run: Run, tmp_path: Path) -> None:
    target = rootfs(tmp_path / "root")
    disk = tmp_path / "disk.img"
    disk_images.run("mkfs.ext4", "-q", "-F", "-d", target, disk, "16M")
    if form != "raw":
        converted = tmp_path / f"disk.{form}"
        disk_images.run("qemu-img", "convert", "-O", form, disk, converted)
        disk = converted
    own = json.loads(run("scan", "rootfs", target, "--format", "json").stdout)
    result = run("scan", "disk", disk, "--format", "json")
    document = json.loads(result.stdout)

    assert result.exit_code == 0
    assert document["packages"] == own["packages"]
    assert document["findings"] == own["findings"]
