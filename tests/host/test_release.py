"""test_release: a release is whole, signed and reproducible, or it is not there at all."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kesu.build import BuiltImage, ensure
from kesu.build.inputs import file_hash
from kesu.cli import main
from kesu.evidence import minisign, write
from kesu.release import images, sbom
from kesu.release.make import NOTICES, SBOM

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import evidence_runs
from test_minisign import PUBLIC, SECRET

ONE = ["--board", "pico", "--panel", "4in2", "--language", "ja"]
QUICK = [*ONE, "--verify", "none", "--once"]


def release(out: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["release", "--out", str(out), *options])


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
    out = tmp_path_factory.mktemp("out")
    both = ["--panel", "4in2", "--language", "ja", "--verify", "none", "--once", "--sign", str(keys[0])]
    done = release(out, *both)
    assert done.exit_code == 0, done.output
    assert "5 files signed" not in done.output
    assert "4 files signed" in done.output
    return made(out)


@pytest.fixture(scope="module")
def sealed() -> BuiltImage:
    return ensure("sealed")


def test_the_index_tells_the_images_and_what_is_missing(whole: Path, sealed: BuiltImage) -> None:
    index = json.loads((whole / "index.json").read_text(encoding="utf-8"))
    pico, pico2 = index["images"]
    assert (pico["file"], pico["sha256"]) == ("kesu-pico-4in2-ja-sealed.uf2", file_hash(sealed.uf2))
    assert pico["sha256"] == file_hash(whole / pico["file"])
    assert pico["evidence"] == "none: this release was made without it"
    assert "no emulator runs this chip" in pico2["evidence"]
    assert pico["structure"] == pico2["structure"] == "24 of 24 rules hold"
    assert not pico["built_twice"]


def test_sums_cover_every_file(whole: Path) -> None:
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=whole, check=True)
    listed = {line.split("  ", 1)[1] for line in (whole / "SHA256SUMS").read_text().splitlines()}
    there = {path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS"} | {name for name in there if name.endswith(".minisig")}


def test_every_signature_fits_its_file_and_no_other(whole: Path, keys: tuple[Path, Path]) -> None:
    signatures = sorted(whole.glob("*.minisig"))
    assert len(signatures) == 4
    for signature in signatures:
        content = signature.with_suffix("").read_bytes()
        told = minisign.verify(content, signature.read_text(), keys[1])
        assert told == f"Kesu 0.1.0, {signature.stem}"
        with pytest.raises(minisign.BadSignature):
            minisign.verify(content + b" ", signature.read_text(), keys[1])


def test_the_sbom_fits_its_schema_and_names_the_sources_by_hash(whole: Path) -> None:
    text = (whole / SBOM).read_text(encoding="utf-8")
    assert sbom.invalid(text) == ""
    document = json.loads(text)
    assert document["specVersion"] == "1.6"
    parts = {part["name"]: part for part in document["components"]}
    assert {"micropython", "pico-sdk", "tinyusb", "newlib", "libgcc", "shinonome", "click"} <= parts.keys()
    assert parts["pico-sdk"]["hashes"][0]["content"].startswith("507a3ca3")
    assert parts["mbedtls"]["scope"] == "excluded"
    assert parts["kesu-pico-4in2-ja-sealed.uf2"]["hashes"][0]["content"] == file_hash(
        whole / "kesu-pico-4in2-ja-sealed.uf2"
    )
    document["components"][0]["scope"] = "perhaps"
    assert "perhaps" in sbom.invalid(json.dumps(document))


def test_the_notices_hold_the_texts_of_the_licences(whole: Path) -> None:
    text = (whole / NOTICES).read_text(encoding="utf-8")
    for words in ("Damien P. George", "Raspberry Pi (Trading) Ltd.", "Ha Thach", "newlib", "shinonome"):
        assert words in text, words


def test_given_evidence_is_taken_only_if_it_holds_and_is_unchanged(
    tmp_path: Path, sealed: BuiltImage
) -> None:
    run = evidence_runs.holding()
    run.image["uf2_sha256"] = file_hash(sealed.uf2)
    write(run, tmp_path / "good")
    done = release(tmp_path / "out", *QUICK, "--evidence", str(tmp_path / "good"))
    assert done.exit_code == 0, done.output
    folder = made(tmp_path / "out")
    (entry,) = json.loads((folder / "index.json").read_text())["images"]
    assert entry["evidence"] == "HOLDS (EMULATED, full)"
    assert (folder / entry["evidence_folder"] / "report.html").is_file()

    run.findings.append(replace(run.findings[0], holds=False))
    write(run, tmp_path / "broken")
    refused = release(tmp_path / "none", *QUICK, "--evidence", str(tmp_path / "broken"))
    assert (refused.exit_code, list((tmp_path / "none").glob("*"))) == (1, [])
    assert "says BROKEN" in refused.output
    (tmp_path / "good" / "report.html").write_text("changed")
    refused = release(tmp_path / "none", *QUICK, "--evidence", str(tmp_path / "good"))
    assert refused.exit_code == 1
    assert "not as it was written: report.html" in refused.output


def test_a_release_is_never_overwritten_and_a_failed_one_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sbom, "document", interrupted)
    stopped = release(tmp_path, *QUICK)
    assert stopped.exit_code == 2
    assert "nothing was left behind" in stopped.output
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    (tmp_path / "release-0.1.0").mkdir()
    refused = release(tmp_path, *QUICK)
    assert refused.exit_code == 2
    assert "never overwritten" in refused.output


def test_two_builds_in_two_places_give_the_same_bytes(tmp_path: Path) -> None:
    done = release(tmp_path, *ONE, "--verify", "none")
    assert done.exit_code == 0, done.output
    assert "built twice, 1 of 1 the same bytes" in done.output
    assert json.loads((made(tmp_path) / "index.json").read_text())["images"][0]["built_twice"]


def test_a_second_build_of_other_bytes_is_no_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: BuiltImage
) -> None:
    other = tmp_path / "other.uf2"
    other.write_bytes(sealed.uf2.read_bytes()[:-1] + b"\0")
    monkeypatch.setattr(images, "_built_in", lambda *_: other)
    done = release(tmp_path / "out", *ONE, "--verify", "none")
    assert (done.exit_code, list((tmp_path / "out").iterdir())) == (3, [])
    assert "not reproducible" in done.output
