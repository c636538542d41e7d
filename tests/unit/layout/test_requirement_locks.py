"""test_requirement_locks: every installed Python package is pinned with the hashes of its files."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
NAMES = [
    "requirements",
    "requirements-dev",
    "requirements-firmware",
    "requirements-windows",
    "hardware/requirements",
]


def wanted(path: Path) -> list[Requirement]:
    """Requirements of a hand-written file and of the files it includes."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("-r "):
            found += wanted(path.parent / text[3:])
        elif text:
            found.append(Requirement(text))
    return found


def locked(text: str) -> dict[str, tuple[str, set[str]]]:
    """Package -> version and hashes."""
    found: dict[str, tuple[str, set[str]]] = {}
    entries = re.split(
        r"\n(?=[a-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    )
    for entry in filter(None, map(str.strip, entries)):
        requirement = Requirement(entry.split("--hash")[0].strip())
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})(?= |$)", entry))
        assert len(hashes) == entry.count("--hash")
        found[canonicalize_name(requirement.name)] = (pin.version, hashes)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_has_every_pin_with_hashes(name: str) -> None:
    lock = locked((ROOT / f"{name}.lock").read_text(encoding="utf-8"))
    for requirement in wanted(ROOT / f"{name}.txt"):
        version, _ = lock[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"run ./dev lock: {requirement}"
    assert [package for package, (_, hashes) in lock.items() if not hashes] == []


def test_packages_with_compiled_parts_are_locked_for_every_system() -> None:
    """A wheel for Linux (two processors), Windows and macOS, two Pythons each: ten files at least."""
    lock = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert all(len(lock[package][1]) >= 10 for package in ("numpy", "pillow", "cffi", "rpds-py"))


def test_the_locks_agree_on_common_packages() -> None:
    own, all_of_it = (locked((ROOT / f"{name}.lock").read_text(encoding="utf-8")) for name in NAMES[:2])
    assert own.items() <= all_of_it.items()


@pytest.mark.parametrize("extra", ["agent", "cluster", "flash", "verify"])
def test_the_lock_of_an_extra_has_its_packages_at_the_common_versions(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = locked((ROOT / f"requirements-{extra}.lock").read_text(encoding="utf-8"))
    common = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert lock.items() <= common.items(), "run ./dev lock"
    for line in project["dependencies"] + project["optional-dependencies"][extra]:
        requirement = Requirement(line)
        version, hashes = lock[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"run ./dev lock: {requirement}"
        assert hashes


def test_the_entry_script_installs_with_hashes_only() -> None:
    script = (ROOT / "dev").read_text(encoding="utf-8")
    body = script[script.index("environment() {") : script.index("\nsetup() {")]
    assert 'locked=(--require-hashes --only-binary ":all:")' in body
    installs = re.findall(r'"\$\{pip\[@\]\}" (.*)', body)
    assert len(installs) == 3
    for line in installs:
        assert line.startswith('"${locked[@]}"') or line == "--no-deps --no-build-isolation -e ."


@pytest.mark.slow
@pytest.mark.parametrize("change", ["none", "another hash", "no hash"])
def test_pip_installs_only_the_locked_file(tmp_path: Path, change: str) -> None:
    """With a wheel made here, offline: the option works as the entry script needs."""
    import zipfile
    from hashlib import sha256

    wheel = tmp_path / "made_up_thing-1.0-py3-none-any.whl"
    info = "made_up_thing-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: made-up-thing\nVersion: 1.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    digest = sha256(wheel.read_bytes()).hexdigest()
    asked = {"none": f" --hash=sha256:{digest}", "another hash": f" --hash=sha256:{'0' * 64}", "no hash": ""}
    lock = tmp_path / "some.lock"
    lock.write_text(f"made-up-thing==1.0{asked[change]}\n")
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(tmp_path)]
    command += [
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--target",
        str(tmp_path / "out"),
        "-r",
        str(lock),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (change == "none"), done.stderr
