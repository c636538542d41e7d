"""test_dev_entry: when ./dev fails, its last line gives the reason; on success it prints none."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUB = """#!/bin/sh
case "$*" in
*"pip --version"*) exit 0 ;;
*"pip install"*) echo "{says}" >&2; exit {code} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of a checkout that ./dev reads, without an environment."""
    for name in ("dev", "pyproject.toml", *(file.name for file in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return tmp_path


def docs(checkout: Path, says: str, code: int) -> list[str]:
    """Output of `./dev docs` with a pip that prints this and exits so."""
    for name, text in (("python", STUB.format(says=says, code=code)), ("mkdocs", "#!/bin/sh\necho built\n")):
        program = checkout / ".venv" / "bin" / name
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    ran = subprocess.run([checkout / "dev", "docs"], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == (1 if code else 0)
    return (ran.stderr + ran.stdout).splitlines()


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("ERROR: No matching distribution found for click", "Is there a network?"),
        ("OSError: [Errno 28] No space left on device", "dev: the disk is full: "),
    ],
)
def test_the_last_line_gives_the_reason(checkout: Path, says: str, expected: str) -> None:
    lines = docs(checkout, says, 1)
    assert lines[1] == says
    assert expected in lines[-1]
    assert len(lines) == 3
    log = Path(lines[-1].rpartition(" ")[2])
    assert log.read_text(encoding="utf-8") == says + "\n"
    log.unlink()


def test_success_prints_no_reason(checkout: Path) -> None:
    assert docs(checkout, "chatter", 0) == ["dev: putting the pinned Python packages into .venv", "built"]


def test_help_names_every_entry_and_a_wrong_one_is_refused() -> None:
    expected = subprocess.run([ROOT / "dev", "--help"], capture_output=True, text=True, check=True).stdout
    wrong = subprocess.run([ROOT / "dev", "no-such"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, expected)
    for entry in ("setup", "demo", "test", "lint", "build", "docs", "card", "pictures", "fresh", "hardware"):
        assert f"./dev {entry} " in expected


RECORDING = '#!/bin/sh\necho "${0##*/} $*" >>"$RECORD"\ncase "$0 $*" in *"$FAILS"*) exit 1 ;; esac\n'


def run(checkout: Path, *arguments: str, fails: str = "nothing") -> tuple[int, list[str]]:
    """Exit code of ./dev and the commands that it runs, each of them only recorded; nothing is installed."""
    script = checkout / "dev"
    text = (ROOT / "dev").read_text(encoding="utf-8")
    assert "\npackages() {" in text
    script.write_text(
        text.replace("\npackages() {", "\npackages() { return 0; }\nreal() {"), encoding="utf-8"
    )
    for name in (*re.findall(r'^    "[^:"]+: ([^\s"]+)', text, re.MULTILINE), "kesu"):
        program = checkout / ".venv" / "bin" / name
        program.write_text(RECORDING, encoding="utf-8")
        program.chmod(0o755)
    record = checkout / "record"
    record.unlink(missing_ok=True)
    environment = {"PATH": "/usr/bin:/bin", "RECORD": str(record), "FAILS": fails}
    ran = subprocess.run([script, *arguments], env=environment, capture_output=True, check=False, timeout=60)
    lines = record.read_text(encoding="utf-8").splitlines()
    return ran.returncode, [line for line in lines if not line.startswith(("python -m pip", "python -c"))]


@pytest.mark.parametrize(
    ("arguments", "measured"),
    [
        (["--coverage"], True),
        (["--fast", "--coverage"], True),
        (["--fast"], False),
        (["tests/cli"], False),
        ([], False),
    ],
)
def test_coverage_is_measured_on_request(checkout: Path, arguments: list[str], measured: bool) -> None:
    code, commands = run(checkout, "test", *arguments)
    assert code == 0
    (tests,) = [command for command in commands if command.startswith("python -m pytest")]
    assert (" --cov " in f"{tests} ") == measured
    images = "kesu dev build --profile sealed" if "--fast" in arguments else "kesu dev build --profile all"
    assert commands.index(images) < commands.index(tests)


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        ([], "not deep"),
        (["--fast"], "not slow"),
        (["--all"], None),
        (["--drawn"], None),
        (["--all", "--coverage"], None),
    ],
)
def test_deep_tests_run_when_they_are_asked_for(
    checkout: Path, arguments: list[str], left_out: str | None
) -> None:
    code, commands = run(checkout, "test", *arguments, "tests/cli")
    assert code == 0
    (tests,) = [command for command in commands if command.startswith("python -m pytest")]
    assert re.findall(r" -m (not \w+)", tests) == ([left_out] if left_out else [])
    assert (" --deep-parts 3 " in tests) == ("--drawn" in arguments)
    assert tests.endswith(" tests/cli")


def test_ci_runs_the_deep_tests_that_the_commit_draws() -> None:
    assert "\n./dev test --drawn " in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_lint_runs_to_its_end_after_a_finding(checkout: Path) -> None:
    code, clean = run(checkout, "lint")
    assert code == 0
    code, found = run(checkout, "lint", fails="ruff check")
    assert code == 1
    assert sorted(found) == sorted(clean)
    assert len(clean) >= 13


def test_a_finding_ends_the_tests_before_they_begin(checkout: Path) -> None:
    code, commands = run(checkout, "test", fails="shell")
    assert code == 1
    assert not any(command.startswith("python -m pytest") for command in commands)
