"""test_release: a release is complete, signed and reproducible, or it is not written."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path

import evidence_runs
import pytest
from click.testing import CliRunner, Result
from kesu.cli.commands import main
from kesu.common import minisign
from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import parse
from kesu.devices.flash.image import load_image
from kesu.images.policy.copy import apply
from kesu.images.policy.document import read_policy
from kesu.images.policy.stamp import block_of
from kesu.images.toolchain import BuiltImage, ensure
from kesu.images.toolchain.inputs import file_hash
from kesu.images.toolchain.request import image_files
from kesu.images.toolchain.toolchain import in_words
from kesu.release import images, make, proof, sbom
from kesu.release.make import NOTICES, SBOM
from kesu.verify.evidence import write
from kesu.verify.profile import Profile
from kesu.verify.results import Run
from kesu.verify.runner import runner
from minisign_keys import PUBLIC, SECRET
from once import once

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ONE = ["--board", "pico", "--panel", "4in2"]
QUICK = [*ONE, "--verify", "none", "--once"]


def release(out: Path, *options: str) -> Result:
    """A release with any compiler of this machine; tests/unit/images/test_toolchain.py tests what is refused."""
    return CliRunner().invoke(main, ["release", "--out", str(out), "--other-toolchain", *options])


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def made(out: Path) -> Path:
    (folder,) = out.iterdir()
    return folder


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A secret and a public key."""
    place = tmp_path_factory.mktemp("keys")
    (place / "kesu.key").write_text(SECRET)
    (place / "kesu.pub").write_text(PUBLIC)
    return place / "kesu.key", place / "kesu.pub"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, keys: tuple[Path, Path]) -> Path:
    """A signed release of one image for each chip, built once."""

    def make_whole(out: Path) -> Path:
        both = ["--panel", "4in2", "--verify", "none", "--once", "--sign", str(keys[0])]
        done = release(out, *both)
        assert done.exit_code == 0, done.output
        assert "8 files signed" not in done.output
        assert "7 files signed" in done.output
        return made(out)

    return once(tmp_path_factory, "release", make_whole)


@pytest.fixture(scope="module")
def sealed() -> BuiltImage:
    return ensure("sealed")


@pytest.fixture
def image_in_dist(monkeypatch: pytest.MonkeyPatch) -> None:
    """The images of dist/ in place of a build, which other tests cover."""

    def copied(wanted: Sequence[images.Which], out: Path) -> dict[images.Which, BuiltImage]:
        copies = {}
        for which in wanted:
            made = ensure("sealed", board=which.board, panel=which.panel)
            copies[which] = image_files(which.request(out))
            for source, target in zip(astuple(made), astuple(copies[which]), strict=True):
                shutil.copyfile(source, target)
        return copies

    monkeypatch.setattr(make, "build_all", copied)
    monkeypatch.setattr(make, "_packages", lambda *_: [])


def test_the_index_lists_the_images_and_what_is_missing(whole: Path, sealed: BuiltImage) -> None:
    index = json.loads((whole / "index.json").read_text(encoding="utf-8"))
    pico, pico2 = index["images"]
    assert (pico["file"], pico["sha256"]) == ("kesu-pico-4in2-sealed.uf2", file_hash(sealed.uf2))
    assert pico["sha256"] == file_hash(whole / pico["file"])
    assert pico["evidence"] == "none: this release was made without it"
    assert pico2["evidence"] == "none: this release was made without it"
    assert pico["structure"] == pico2["structure"] == "25 of 25 rules hold"
    assert not pico["built_twice"]
    assert not pico["evidence_taken_over"]


def test_the_index_has_what_a_bench_checks_of_an_image(whole: Path, keys: tuple[Path, Path]) -> None:
    index = json.loads((whole / "index.json").read_text(encoding="utf-8"))
    assert (index["format"], index["version"]) == (2, "0.1.0")
    for entry in index["images"]:
        taken = load_image(whole / entry["file"], keys[1])
        assert (taken.chip.board, taken.profile, taken.version) == (entry["board"], "sealed", "0.1.0")
        stem = entry["file"].removesuffix(".uf2")
        assert entry["files"] == {
            f"{stem}.{ending}": file_hash(whole / f"{stem}.{ending}") for ending in ("elf", "json", "uf2")
        }
        manifest = json.loads((whole / f"{stem}.json").read_text(encoding="utf-8"))
        assert entry["toolchain"] == (in_words(manifest) or "pinned")


def test_the_presets_fit_the_images(whole: Path, tmp_path: Path) -> None:
    index = json.loads((whole / "index.json").read_text(encoding="utf-8"))
    assert [preset["name"] for preset in index["presets"]] == ["desk-without-pc", "standard", "strict"]
    base = whole / "kesu-pico2-4in2-sealed.uf2"
    for preset in index["presets"]:
        file = whole / preset["file"]
        assert file_hash(file) == preset["sha256"]
        desk, *_ = apply(base, read_policy(file), tmp_path / "desk.uf2")
        assert block_of(parse(desk.read_bytes()), desk).checksum == preset["policy_crc"]
    assert {image["policy_crc"] for image in index["images"]} == {
        preset["policy_crc"] for preset in index["presets"] if preset["name"] == "standard"
    }


def test_the_index_lists_the_packages_of_a_site(whole: Path) -> None:
    packages = {entry["file"]: entry for entry in json.loads((whole / "index.json").read_text())["packages"]}
    assert packages.keys() == {
        "kesu-agent_0.1.0_all.deb",
        "kesu-line-0.1.0.tgz",
        "kesu-line-extension-0.1.0.zip",
    }
    lines = [line.split("  ", 1) for line in (whole / "SHA256SUMS").read_text().splitlines()]
    listed = {name: digest for digest, name in lines}
    for name, entry in packages.items():
        assert (entry["sha256"], entry["bytes"]) == (file_hash(whole / name), (whole / name).stat().st_size)
        assert listed[name] == entry["sha256"]
        assert (whole / f"{name}.minisig").is_file()
    assert {
        "windows-policies/kesu-agent.admx",
        "windows-policies/ja-JP/kesu-agent.adml",
        "browser-policies/chrome-windows.reg",
    } <= listed.keys()


def test_sums_cover_every_file(whole: Path) -> None:
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=whole, check=True)
    listed = {line.split("  ", 1)[1] for line in (whole / "SHA256SUMS").read_text().splitlines()}
    there = {path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS"} | {name for name in there if name.endswith(".minisig")}


def test_every_signature_verifies_only_its_file(whole: Path, keys: tuple[Path, Path]) -> None:
    signatures = sorted(whole.glob("*.minisig"))
    assert len(signatures) == 7
    for signature in signatures:
        content = signature.with_suffix("").read_bytes()
        comment = minisign.verify(content, signature.read_text(), keys[1])
        assert comment == f"Kesu 0.1.0, {signature.stem}"
        with pytest.raises(minisign.BadSignature):
            minisign.verify(content + b" ", signature.read_text(), keys[1])


def test_the_sbom_is_valid_and_names_the_sources_by_hash(whole: Path) -> None:
    text = (whole / SBOM).read_text(encoding="utf-8")
    assert sbom.invalid(text) == ""
    document = json.loads(text)
    assert document["specVersion"] == "1.6"
    parts = {part["name"]: part for part in document["components"]}
    assert {
        "micropython",
        "pico-sdk",
        "tinyusb",
        "newlib",
        "libgcc",
        "shinonome",
        "biz-udgothic",
        "click",
    } <= parts.keys()
    assert parts["pico-sdk"]["hashes"][0]["content"].startswith("507a3ca3")
    assert parts["mbedtls"]["scope"] == "excluded"
    assert parts["kesu-pico-4in2-sealed.uf2"]["hashes"][0]["content"] == file_hash(
        whole / "kesu-pico-4in2-sealed.uf2"
    )
    document["components"][0]["scope"] = "perhaps"
    assert "perhaps" in sbom.invalid(json.dumps(document))


def test_the_notices_hold_the_texts_of_the_licences(whole: Path) -> None:
    text = (whole / NOTICES).read_text(encoding="utf-8")
    for words in (
        "Damien P. George",
        "Raspberry Pi (Trading) Ltd.",
        "Ha Thach",
        "newlib",
        "shinonome",
        "SIL OPEN FONT LICENSE",
    ):
        assert words in text, words


@pytest.mark.usefixtures("image_in_dist")
def test_given_evidence_must_hold_and_be_unchanged(
    tmp_path: Path,
    sealed: BuiltImage,
) -> None:
    run = evidence_runs.of_image(evidence_runs.holding(), file_hash(sealed.uf2))
    write(run, tmp_path / "good")
    done = release(tmp_path / "out", *QUICK, "--evidence", str(tmp_path / "good"))
    assert done.exit_code == 0, done.output
    folder = made(tmp_path / "out")
    (entry,) = json.loads((folder / "index.json").read_text())["images"]
    assert entry["evidence"] == "HOLDS (EMULATED, full)"
    assert entry["evidence_taken_over"]
    assert (folder / entry["evidence_folder"] / "report.html").is_file()

    run.findings[0] = replace(run.findings[0], holds=False)
    write(run, tmp_path / "broken")
    refused = release(tmp_path / "none", *QUICK, "--evidence", str(tmp_path / "broken"))
    assert (refused.exit_code, list((tmp_path / "none").glob("*"))) == (1, [])
    assert "says BROKEN" in refused.output
    (tmp_path / "good" / "report.html").write_text("changed")
    refused = release(tmp_path / "none", *QUICK, "--evidence", str(tmp_path / "good"))
    assert refused.exit_code == 1
    assert "was changed: report.html" in refused.output


@pytest.mark.usefixtures("image_in_dist")
def test_given_evidence_must_be_strong_enough_signed_and_of_this_release(
    tmp_path: Path,
    sealed: BuiltImage,
    keys: tuple[Path, Path],
) -> None:
    run = evidence_runs.holding("quick")
    write(run, tmp_path / "given evidence" / "quick")
    given = ["--evidence", str(tmp_path / "given evidence")]
    weak = release(tmp_path / "none", *ONE, "--verify", "full", "--once", *given)
    assert weak.exit_code == Exit.DATA
    assert "is of a quick run, this release asks for full" in weak.output
    stranger = release(tmp_path / "none", *QUICK, *given)
    assert stranger.exit_code == Exit.DATA
    assert "is of no image of this release (its image has SHA-256 1212121212121212...)" in stranger.output
    unsigned = release(tmp_path / "none", *QUICK, *given, "--public-key", str(keys[1]))
    assert unsigned.exit_code == 1
    assert "SHA256SUMS.minisig: the signature is not good: there is none" in unsigned.output
    assert list((tmp_path / "none").glob("*")) == []

    evidence_runs.of_image(run, file_hash(sealed.uf2))
    with minisign.opened(keys[0]) as key:
        write(run, tmp_path / "signed" / "one", key)
    done = release(
        tmp_path / "out", *QUICK, "--evidence", str(tmp_path / "signed"), "--public-key", str(keys[1])
    )
    assert done.exit_code == 0, done.output
    assert "pico 4in2: HOLDS (EMULATED, quick), taken over" in done.output


@pytest.mark.usefixtures("image_in_dist")
def test_evidence_of_both_chips_goes_into_one_release_and_of_one_only_with_that_chip(tmp_path: Path) -> None:
    for board in ("pico", "pico2"):
        run = evidence_runs.of_board(evidence_runs.holding(), board)
        digest = file_hash(ensure("sealed", board=board).uf2)
        write(evidence_runs.of_image(run, digest), tmp_path / "given" / board)
    given = ["--once", "--panel", "4in2", "--evidence", str(tmp_path / "given")]
    done = release(tmp_path / "out", "--verify", "full", *given)
    assert done.exit_code == 0, done.output
    for board in ("pico", "pico2"):
        assert f"{board} 4in2: HOLDS (EMULATED, full), taken over" in done.output
    entries = json.loads((made(tmp_path / "out") / "index.json").read_text())["images"]
    assert [entry["evidence_folder"] for entry in entries] == [
        "evidence/kesu-pico-4in2-sealed",
        "evidence/kesu-pico2-4in2-sealed",
    ]
    letter = (made(tmp_path / "out") / entries[1]["evidence_folder"] / "letter-of-volatility.md").read_text()
    assert "RP2350" in letter
    assert "RP2040" not in letter
    refused = release(tmp_path / "none", "--verify", "none", "--board", "pico2", *given)
    assert refused.exit_code == Exit.DATA
    assert "is of no image of this release" in refused.output


def test_a_run_with_faults_counts_as_one_that_is_more_than_quick(tmp_path: Path) -> None:
    write(evidence_runs.holding("faults"), tmp_path / "faults")
    assert [one.profile for one in proof.given([tmp_path / "faults"], "quick").values()] == ["faults"]
    with pytest.raises(KesuError, match="is of a faults run, this release asks for full"):
        proof.given([tmp_path / "faults"], "full")


@pytest.mark.usefixtures("image_in_dist")
def test_a_release_is_never_overwritten_and_a_failed_one_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sbom, "document", interrupted)
        stopped = release(tmp_path, *QUICK)
    assert stopped.exit_code == Exit.INTERRUPTED
    assert "nothing was left behind" in stopped.output
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "release-0.1.0").mkdir()
    refused = release(tmp_path, *QUICK)
    assert refused.exit_code == Exit.CANNOT_CREATE
    assert "never overwritten" in refused.output


@pytest.mark.usefixtures("image_in_dist")
def test_a_release_reuses_evidence_of_an_interrupted_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def verified(image: BuiltImage, profile: Profile, *_: object) -> Run:
        return evidence_runs.of_image(evidence_runs.holding(profile.name), file_hash(image.uf2))

    full = [*ONE, "--verify", "full", "--once"]
    with monkeypatch.context() as patched:
        patched.setattr(runner, "verify", verified)
        patched.setattr(sbom, "document", interrupted)
        stopped = release(tmp_path, *full)
    assert stopped.exit_code == Exit.INTERRUPTED
    shelf = tmp_path / "release-0.1.0-evidence"
    assert f"evidence of 1 images was kept: run it again with --evidence {shelf} to go on" in stopped.output
    assert [path.name for path in tmp_path.iterdir()] == [shelf.name]

    monkeypatch.setattr(runner, "verify", lambda *_: pytest.fail("it was made again"))
    done = release(tmp_path, *full, "--evidence", str(shelf))
    assert done.exit_code == 0, done.output
    assert "HOLDS (EMULATED, full), taken over" in done.output


@pytest.mark.long
@pytest.mark.deep
def test_two_builds_in_two_places_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: BuiltImage
) -> None:
    """The second build has another checkout, another cache and another order of Python's sets."""
    for name in ("firmware", "host_tools/kesu"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / "checkout" / name, ignore=ignored)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "checkout" / "host_tools"))
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    find = [sys.executable, "-c", "from kesu.common.checkout import repository; print(repository())"]
    there = subprocess.run(find, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()
    assert there == str(tmp_path / "checkout"), "another process takes the other checkout"
    done = release(tmp_path / "out", *ONE, "--verify", "none")
    assert done.exit_code == 0, done.output
    assert "built twice, 1 of 1 the same bytes" in done.output
    (image,) = json.loads((made(tmp_path / "out") / "index.json").read_text())["images"]
    assert image["built_twice"]
    assert image["sha256"] == file_hash(sealed.uf2)


def test_a_second_build_with_other_bytes_fails_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: BuiltImage
) -> None:
    other = tmp_path / "other.elf"
    content = sealed.elf.read_bytes()
    other.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    monkeypatch.setattr(images, "_built_in", lambda *_: replace(sealed, elf=other))
    done = release(tmp_path / "out", *ONE, "--verify", "none")
    assert (done.exit_code, list((tmp_path / "out").iterdir())) == (Exit.NO, [])
    assert "not reproducible" in done.output
