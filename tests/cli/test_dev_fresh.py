"""test_dev_fresh: ./dev fresh names missing programs and uses only Debian 13's sources; CI counts its commands."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRESH = ROOT / ".ci" / "fresh"
TARGETS = """\
http://mirror.example/debian/|trixie|main|/usr/share/keyrings/debian.pgp|Debian
http://mirror.example/debian/|trixie-updates|main|/usr/share/keyrings/debian.pgp|Debian
http://mirror.example/debian-security/|trixie-security|main||Debian
http://mirror.example/debian/|trixie-backports|main||Debian
http://mirror.example/debian/|bookworm|main||Debian
http://other.example/tools/|trixie|stable||Tools
file:/usr/share/own/|./|$(COMPONENT)|$(SIGNED_BY)|own
"""


def run(*command: str | Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PATH": str(path)} if path else {})
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with the programs that the script's first lines need."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "env", "dirname", "readlink", "cat", "awk", "sort"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def stub(folder: Path, name: str, says: str = "") -> None:
    (folder / name).write_text(f"#!/bin/sh\ncat <<'EOF'\n{says}EOF\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("options", [["--as", "nobody"], ["--as"], ["--slow"]])
def test_a_wrong_option_is_refused(options: list[str]) -> None:
    ran = run(FRESH, *options)
    assert ran.returncode == 2
    assert "root" in ran.stderr
    assert ran.stdout == ""


def test_help_lists_what_it_runs() -> None:
    ran = run(FRESH, "--help")
    assert ran.returncode == 0
    assert "./dev demo" in ran.stdout
    assert "--fast" in ran.stdout


def test_an_unknown_account_is_a_usage_error() -> None:
    ran = run(FRESH, "--as", "operator")
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == ["fresh: --as takes root, user, both or drawn."]


@pytest.mark.parametrize(("commit", "account"), [("759c6ab8d1", "root"), ("b787446f00", "user")])
def test_the_commit_draws_the_account(programs: Path, commit: str, account: str) -> None:
    stub(programs, "git", f"{commit}\n")
    (programs / "cut").symlink_to(str(shutil.which("cut")))
    drawn = run("bash", "-c", f"source {FRESH}; accounts_of --as drawn", path=programs)
    assert drawn.stdout.split() == [account]


def test_a_missing_program_is_named_with_its_package(programs: Path) -> None:
    ran = run(FRESH, path=programs)
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        "fresh: mmdebstrap is not installed.",
        "fresh: On Debian 13: apt-get install mmdebstrap git util-linux",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may")
def test_without_root_it_names_the_way_to_get_it(programs: Path) -> None:
    for name in ("mmdebstrap", "git", "unshare"):
        stub(programs, name)
    ran = run(FRESH, path=programs)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == "fresh: Run it with sudo: sudo ./dev fresh"


def test_only_debian_13_sources_are_used(programs: Path) -> None:
    stub(programs, "apt-get", TARGETS)
    ran = run("bash", "-c", f"source {FRESH}; sources", path=programs)
    assert ran.stdout.splitlines() == [
        "deb [signed-by=/usr/share/keyrings/debian.pgp] http://mirror.example/debian/ trixie main",
        "deb [signed-by=/usr/share/keyrings/debian.pgp] http://mirror.example/debian/ trixie-updates main",
        "deb http://mirror.example/debian-security/ trixie-security main",
    ]


def test_only_network_settings_of_pip_are_passed_on(tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nindex-url = http://one.example/simple\nfind-links = /srv\nconstraint = /srv/cap.txt\n",
        encoding="utf-8",
    )
    ran = run("bash", "-c", f"source {FRESH}; PIP_FILES=({settings} {settings}); pip_settings")
    assert ran.stdout.splitlines() == ["[global]", "index-url = http://one.example/simple"]


TESTED = "===== 1 failed, 40 passed, 2 skipped in 12.34s (0:00:12) ====="
CASES = [
    (TESTED.replace("1 failed, ", ""), 0, "fresh: 4 passed, 0 failed", 0, "44 passed, 0 failed"),
    (TESTED, 1, "fresh: 4 passed, 0 failed", 0, "44 passed, 1 failed"),
    (TESTED.replace("1 failed, ", ""), 0, "fresh: 3 passed, 1 failed", 1, "43 passed, 1 failed"),
    ("dev: apt-get failed.", 1, "fresh: mmdebstrap is not installed.", 1, "0 passed, 1 failed"),
]


@pytest.mark.parametrize(("tested", "test_code", "tried", "fresh_code", "last"), CASES)
def test_ci_ends_with_one_total(
    tmp_path: Path, tested: str, test_code: int, tried: str, fresh_code: int, last: str
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "dev").write_text(
        f'#!/bin/sh\n[ "$1" = test ] && {{ echo "{tested}"; exit {test_code}; }}\n'
        f'echo "{tried}" >&2\nexit {fresh_code}\n',
        encoding="utf-8",
    )
    (tmp_path / "dev").chmod(0o755)
    ran = run(tmp_path / ".ci" / "run")
    assert ran.stdout.splitlines()[-1] == last
    assert (ran.returncode == 0) == (test_code == fresh_code == 0)
    assert tried in ran.stdout
