"""test_evidence_image: with the image, `kesu evidence check` repeats its structure audit and compares every rule."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import evidence_runs
import pytest
from click.testing import CliRunner
from kesu.common.errors import KesuError
from kesu.images.policy.copy import apply
from kesu.images.policy.document import PRESETS, read_policy
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import structure
from kesu.verify.evidence import check, command, describe_image, write
from kesu.verify.outcome import Finding
from kesu.verify.results import Run
from kesu.verify.scenes import invalid_policy, scenario

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def findings(sealed: BuiltImage) -> list[Finding]:
    pad = scenario.boot(sealed, 3)
    audited = structure.audit(sealed, structure.Enumerated.of(pad.host))
    return [*audited, invalid_policy.finding(sealed, 3)]


def run_of(image: BuiltImage, findings: list[Finding]) -> Run:
    run = evidence_runs.holding("quick")
    run.image, run.findings = describe_image(image), list(findings)
    return run


@pytest.fixture
def changed(sealed: BuiltImage, tmp_path: Path) -> BuiltImage:
    """The image with one byte of its code changed, and a manifest to match."""
    files = [Path(shutil.copy(path, tmp_path)) for path in (sealed.uf2, sealed.elf, sealed.manifest)]
    made = BuiltImage(*files)
    raw = bytearray(made.uf2.read_bytes())
    raw[512 * 300 + 32 + 8] ^= 1
    made.uf2.write_bytes(raw)
    manifest = json.loads(made.manifest.read_text(encoding="utf-8"))
    manifest["outputs"][made.uf2.name] = hashlib.sha256(raw).hexdigest()
    made.manifest.write_text(json.dumps(manifest), encoding="utf-8")
    return made


def said(run: Run, folder: Path, image: Path | None) -> list[str]:
    write(run, folder)
    return [problem.what for problem in check(folder, image=image).problems]


def test_genuine_findings_are_accepted_with_uf2_or_elf(
    sealed: BuiltImage, findings: list[Finding], tmp_path: Path
) -> None:
    write(run_of(sealed, findings), tmp_path / "evidence")
    for image in (sealed.uf2, sealed.elf):
        checked = check(tmp_path / "evidence", image=image)
        assert checked.problems == ()
        assert any("repeated on the image" in part for part in checked.computed)
        assert not any("structure" in part for part in checked.taken)


def test_evidence_covers_the_image_with_another_policy_and_nothing_else(
    sealed: BuiltImage, findings: list[Finding], tmp_path: Path
) -> None:
    write(run_of(sealed, findings), tmp_path / "evidence")
    desk, elf, _ = apply(sealed.uf2, read_policy(PRESETS["strict"]), tmp_path / "desk.uf2")
    checked = check(tmp_path / "evidence", image=desk)
    assert checked.problems == ()
    assert "image: the verified one with the policy of checksum" in checked.computed[0]
    assert "image:" not in check(tmp_path / "evidence", image=sealed.uf2).computed[0], "the control"
    for path, at in ((desk, 512 * 300 + 40), (elf, 0x9000)):
        whole = path.read_bytes()
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(KesuError, match=f"{path.name} is not the file that the report is about"):
            check(tmp_path / "evidence", image=desk)
        path.write_bytes(whole)


def other_detail(found: list[Finding]) -> None:
    found[2] = replace(found[2], detail="All 1 blocks of the UF2 are the loadable bytes of the ELF.")


def said_broken(found: list[Finding]) -> None:
    found[2] = replace(found[2], holds=False)


@pytest.mark.parametrize("forge", [other_detail, said_broken])
def test_another_finding_than_the_audits_is_refused(
    forge: Callable[[list[Finding]], None], sealed: BuiltImage, findings: list[Finding], tmp_path: Path
) -> None:
    forged = list(findings)
    forge(forged)
    (problem,) = said(run_of(sealed, forged), tmp_path / "evidence", sealed.uf2)
    assert problem.startswith(f"structure, {forged[2].rule}: the report says")
    assert check(tmp_path / "evidence").problems == ()  # without the image nothing shows it


def test_a_rule_that_the_image_breaks_cannot_be_said_to_hold(
    changed: BuiltImage, findings: list[Finding], tmp_path: Path
) -> None:
    """The forger changed the code, wrote a new manifest, and reports the findings of the genuine image."""
    problems = said(run_of(changed, findings), tmp_path / "evidence", changed.uf2)
    (broken,) = (problem for problem in problems if problem.startswith("structure, UF2 = ELF"))
    assert "the audit of the image BROKEN" in broken
    assert check(tmp_path / "evidence").verdict == "HOLDS"


def test_another_image_than_the_verified_one_is_refused(
    sealed: BuiltImage, changed: BuiltImage, findings: list[Finding], tmp_path: Path
) -> None:
    write(run_of(sealed, findings), tmp_path / "evidence")
    with pytest.raises(KesuError, match="not the file that the report is about"):
        check(tmp_path / "evidence", image=changed.uf2)


def test_the_command_says_what_was_computed_and_what_was_taken(
    sealed: BuiltImage, findings: list[Finding], tmp_path: Path
) -> None:
    folder = tmp_path / "evidence"
    write(run_of(sealed, findings), folder)
    without = CliRunner().invoke(command.command, ["check", str(folder)])
    assert without.exit_code == 0
    assert "Computed again from its values: pairs, at each instant." in without.output
    assert "Taken from the report: structure of the image: each rule's verdict" in without.output
    given = CliRunner().invoke(command.command, ["check", str(folder), "--image", str(sealed.uf2)])
    assert given.exit_code == 0
    assert "Computed again from its values: structure of the image: repeated on the image." in given.output
