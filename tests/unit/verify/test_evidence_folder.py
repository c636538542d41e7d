"""test_evidence_folder: evidence is written completely or not at all, and every change to it is found."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evidence_runs
import pytest
from click.testing import CliRunner
from fast_part import fast
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from kesu.verify import results
from kesu.verify.evidence import check, ensure_free, write
from kesu.verify.evidence import folder as folder_module
from kesu.verify.evidence.folder import REQUIRED, SUMS, contents, sums
from kesu.verify.results import Run
from schema import ValidationError, check_schema, validate

SCHEMA_FILE = Path(folder_module.__file__).with_name("report.schema.json")
RUNS: dict[str, Callable[[], Run]] = {
    "HOLDS": evidence_runs.holding,
    "BROKEN": evidence_runs.broken,
    "INCOMPLETE": evidence_runs.incomplete,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Fresh evidence of a run that holds."""
    place = tmp_path / "evidence"
    write(evidence_runs.holding("quick"), place)
    return place


def problems(folder: Path) -> dict[str, str]:
    return {problem.file: problem.what for problem in reversed(check(folder).problems)}


def exit_code(*arguments: str) -> int:
    return CliRunner().invoke(main, ["evidence", "check", *arguments]).exit_code


@pytest.mark.slow
@pytest.mark.parametrize("verdict", fast(RUNS, "HOLDS"))
def test_fresh_evidence_passes_its_check_with_any_verdict(tmp_path: Path, verdict: str) -> None:
    write(RUNS[verdict](), tmp_path / "new" / "evidence")
    place = tmp_path / "new" / "evidence"
    checked = check(place)
    assert checked.problems == ()
    assert (checked.verdict, checked.target) == (verdict, "EMULATED")
    assert [path.name for path in place.parent.iterdir()] == ["evidence"], "no temporary file is left"
    assert {path.name for path in place.iterdir()} >= {*REQUIRED, SUMS}
    assert exit_code(str(place)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("verdict", fast(RUNS, "HOLDS"))
def test_the_report_is_valid_by_its_schema(verdict: str) -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    check_schema(schema)
    report = json.loads(contents(RUNS[verdict]())["report.json"])
    validate(report, schema)
    assert report["verdict"] == verdict
    assert schema["properties"]["schema"]["const"] == results.SCHEMA


@pytest.mark.slow
@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report["cells"][0].pop("holds"),
        lambda report: report["cells"][0].update(more=1),
        lambda report: report.update(schema=1),
        lambda report: report.update(verdict="PERHAPS"),
        lambda report: report.pop("mask"),
        lambda report: report["pairs"][0]["instants"][0].update(compared_bytes="4"),
    ],
)
def test_the_schema_refuses_invalid_reports(spoil: Callable[[dict[str, Any]], object]) -> None:
    report = json.loads(contents(evidence_runs.holding("quick"))["report.json"])
    spoil(report)
    with pytest.raises(ValidationError):
        validate(report, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_sha256sum_accepts_the_sums(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", SUMS]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "report.html").write_text("another page")
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", fast([*REQUIRED, "pictures/glass-after.png"], "report.json", "junit.xml"))
def test_a_changed_or_missing_file_is_found(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b" ")
    assert problems(folder)[name] == "was changed after it was written"
    assert exit_code(str(folder)) == 1
    (folder / name).unlink()
    assert problems(folder)[name] == "is missing"


def test_an_added_file_and_a_link_are_found(folder: Path, tmp_path: Path) -> None:
    (folder / "pictures" / "more.png").write_bytes(b"")
    assert problems(folder) == {"pictures/more.png": "was added after the folder was written"}
    (folder / "pictures" / "more.png").unlink()
    shutil.move(folder / "junit.xml", tmp_path / "junit.xml")
    (folder / "junit.xml").symlink_to(tmp_path / "junit.xml")
    assert problems(folder) == {"junit.xml": "is missing"}


def test_a_file_missing_from_the_sums_is_found(folder: Path) -> None:
    lines = (folder / SUMS).read_text().splitlines(keepends=True)
    (folder / SUMS).write_text("".join(line for line in lines if "report.html" not in line))
    assert "report.html" in problems(folder)
    (folder / SUMS).write_text(f"{'0' * 64}  ../outside\n")
    assert "does not belong" in problems(folder)[SUMS]


def rewrite_report(place: Path, text: str) -> None:
    """Replace report.json and update the sums."""
    (place / "report.json").write_text(text, encoding="utf-8")
    files = {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file() and path.name != SUMS
    }
    (place / SUMS).write_bytes(sums(files))


@pytest.mark.slow
def test_a_verdict_that_contradicts_the_parts_is_found_despite_new_sums(tmp_path: Path) -> None:
    place = tmp_path / "evidence"
    write(evidence_runs.broken(), place)
    assert problems(place) == {}
    text = (place / "report.json").read_text(encoding="utf-8")
    rewrite_report(place, text.replace('"verdict": "BROKEN"', '"verdict": "HOLDS"'))
    assert "amounts to BROKEN" in problems(place)["report.json"]


def test_a_report_with_another_schema_is_found(folder: Path) -> None:
    text = (folder / "report.json").read_text(encoding="utf-8")
    rewrite_report(folder, text.replace('"schema": 5', '"schema": 99'))
    assert "schema 99" in problems(folder)["report.json"]
    rewrite_report(folder, "{")
    assert "JSON" in problems(folder)["report.json"]


def test_what_is_no_evidence_could_not_be_checked(tmp_path: Path) -> None:
    assert exit_code(str(tmp_path)) == Exit.NO_INPUT
    assert exit_code(str(tmp_path / "nowhere")) == Exit.NO_INPUT


def test_evidence_is_never_overwritten(folder: Path) -> None:
    before = (folder / SUMS).read_bytes()
    with pytest.raises(KesuError, match="never overwritten") as caught:
        write(evidence_runs.broken(), folder)
    assert caught.value.code == Exit.CANNOT_CREATE
    assert (folder / SUMS).read_bytes() == before
    ensure_free(folder.parent / "another")


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def disk_full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("kesu.common.atomic.os.fsync", disk_full)
    with pytest.raises(KesuError, match="No space left") as caught:
        write(evidence_runs.holding("quick"), tmp_path / "evidence")
    assert caught.value.code == Exit.CANNOT_CREATE
    assert list(tmp_path.iterdir()) == []


def test_a_run_with_an_invalid_picture_name_leaves_nothing(tmp_path: Path) -> None:
    run = evidence_runs.holding("quick")
    run.pictures["../outside"] = b""
    with pytest.raises(ValueError, match="not a name for a picture"):
        write(run, tmp_path / "evidence")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_evidence_check_prints_json(folder: Path) -> None:
    result = CliRunner().invoke(main, ["evidence", "check", "--json", str(folder)])
    answer = json.loads(result.output)
    assert answer["genuine"] is True
    assert answer["verdict"] == "HOLDS"
    (folder / "report.html").unlink()
    result = CliRunner().invoke(main, ["evidence", "check", "--json", str(folder)])
    assert result.exit_code == 1
    assert json.loads(result.output)["problems"] == [{"file": "report.html", "what": "is missing"}]
