"""test_flash_versions: an older release never replaces a newer one, by the pad's flash, the record or the bench."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from flash_runs import results, run, words
from kesu.common.errors import Exit
from kesu.common.uf2 import FLASH, parse
from kesu.devices.flash import newest
from kesu.devices.flash.batch import Board
from kesu.devices.flash.image import load_image
from kesu.devices.flash.record import Record
from kesu.devices.flash.steps import Step
from kesu.images.toolchain.request import BuiltImage
from pad_bench import Bench, StandInPad
from release_folders import changed_json, code_with, image, release, sign_folder


@pytest.fixture
def pad(bench: Bench, sealed: BuiltImage) -> StandInPad:
    """A pad that starts with any flash; these tests look only at what is written."""
    flash = parse(sealed.uf2.read_bytes()).flash(2 * 1024 * 1024)
    return bench.add(1, descriptors_of_other_chip=bench._enumerated(flash))


class Site:
    """Releases of several versions, and one bench that seals pads with them."""

    def __init__(self, bench: Bench, folder: Path, secret: Path, public: Path) -> None:
        self.bench, self.folder, self.secret, self.public = bench, folder, secret, public
        self.record = folder / "pads.csv"

    def image(self, version: str) -> Path:
        path = self.folder / version / "kesu-pico-4in2-sealed.uf2"
        return path if path.exists() else release(self.folder / version, self.secret, version)

    def seal(self, version: str, *options: object) -> tuple[int, dict[str, Any]]:
        self.bench.settle()
        for pad in self.bench.pads:
            self.bench.bootsel(pad)
        self.bench.server.calls.clear()
        key = ["--public-key", self.public, "--record", self.record]
        return results(self.bench, "seal", self.image(version), "--all", *key, *options)

    def refusal(self, version: str, *options: object) -> str:
        self.bench.settle()
        for pad in self.bench.pads:
            self.bench.bootsel(pad)
        key = ["--public-key", self.public, "--record", self.record]
        refused = run(self.bench, "seal", self.image(version), "--all", *key, *options)
        assert refused.exit_code == 65
        return refused.stderr

    def holds(self, pad: StandInPad, version: str) -> bool:
        wanted = parse(self.image(version).read_bytes()).flash(len(pad.flash.content))
        return bytes(pad.flash.content) == wanted

    def another_bench(self) -> None:
        """A bench that has seen no release yet."""
        newest.place(self.bench.host()).unlink()


@pytest.fixture
def site(bench: Bench, tmp_path: Path, secret: Path, public: Path) -> Site:
    return Site(bench, tmp_path, secret, public)


def test_a_bench_writes_no_release_older_than_its_last(site: Site, pad: StandInPad) -> None:
    assert words(site.seal("0.9.0")[1]) == {"1-1.1": "done"}
    assert words(site.seal("0.10.0")[1]) == {"1-1.1": "done"}, "ten is after nine"
    assert "it is of release 0.9.0, and this machine has already written 0.10.0" in site.refusal("0.9.0")
    assert site.holds(pad, "0.10.0")
    assert [entry.version for entry in Record(site.record).entries()] == ["0.9.0", "0.10.0"]
    new = site.bench.add(2, descriptors_of_other_chip=pad.descriptors_of_other_chip)
    assert "already written 0.10.0" in site.refusal("0.9.0", "--pad", "1-1.2"), "nor to a new pad"
    assert set(new.flash.content) == {0xFF}


def test_a_newer_release_in_flash_is_kept(site: Site, pad: StandInPad) -> None:
    site.seal("0.10.0")
    site.another_bench()
    site.record.unlink()
    code, found = site.seal("0.9.0")
    assert (code, found["1-1.1"]["result"], found["1-1.1"]["code"]) == (1, "older", 20)
    assert found["1-1.1"]["note"] == "it has kesu-pico-4in2-sealed 0.10.0, the image is 0.9.0"
    assert "--allow-older" in found["1-1.1"]["advice"]
    assert not {"erase", "load"} & {call[0] for call in site.bench.server.calls}
    assert site.holds(pad, "0.10.0")
    assert words(site.seal("0.10.0")[1]) == {"1-1.1": "done"}, "the same version may be written again"


def test_the_record_gives_the_version_of_an_erased_pad(site: Site, pad: StandInPad) -> None:
    site.seal("0.10.0")
    site.another_bench()
    for offset in range(0, len(pad.flash.content), 4096):
        pad.flash.erase(offset)
    found = site.seal("0.9.0")[1]
    assert (found["1-1.1"]["result"], found["1-1.1"]["note"]) == (
        "older",
        "according to the record it has 0.10.0, the image is 0.9.0",
    )


def test_an_older_release_is_written_when_asked_for(site: Site, pad: StandInPad) -> None:
    site.seal("0.10.0")
    assert words(site.seal("0.9.0", "--allow-older")[1]) == {"1-1.1": "done"}
    assert site.holds(pad, "0.9.0")
    assert Record(site.record).entries()[-1].version == "0.9.0"
    assert "already written 0.10.0" in site.refusal("0.9.0"), "the permission holds for one run only"


@pytest.mark.parametrize("text", ["kesu-pico-4in2-sealed newest 0badcafe", "kesu-x"])
def test_a_pad_whose_version_cannot_be_read_is_left_alone(site: Site, pad: StandInPad, text: str) -> None:
    pad.flash.content[:5120] = code_with(text)
    found = site.seal("0.9.0")[1]
    assert found["1-1.1"]["result"] == "older"
    assert found["1-1.1"]["note"] == "the version in its flash cannot be read, and the image is 0.9.0"
    assert words(site.seal("0.9.0", "--allow-older")[1]) == {"1-1.1": "done"}


def test_program_information_is_not_read_as_chip_information(site: Site, pad: StandInPad) -> None:
    said = "Device Information\n type: RP2350\n flash id: 0xDEAD\n flash size: 4K\n"
    pad.flash.content[:5120] = code_with(said)
    found = site.seal("0.9.0")[1]
    assert (found["1-1.1"]["result"], found["1-1.1"]["serial"]) == ("done", pad.serial)


def test_a_pad_with_a_foreign_program_is_written(site: Site, pad: StandInPad) -> None:
    pad.flash.content[:5120] = code_with("a program of its own 9.9")
    assert words(site.seal("0.9.0")[1]) == {"1-1.1": "done"}


def test_an_image_without_a_version_does_not_replace_one_with_a_version(
    site: Site, pad: StandInPad, tmp_path: Path, secret: Path
) -> None:
    site.seal("0.9.0")
    site.bench.settle()
    site.bench.bootsel(pad)
    folder = tmp_path / "nameless"
    folder.mkdir()
    sign_folder(folder, "0.9.0", [image(folder, "0.9.0", described=False)], secret)
    path = folder / "kesu-pico-4in2-sealed.uf2"
    found = results(site.bench, "flash", path)[1]
    assert found["1-1.1"]["note"] == "it has kesu-pico-4in2-sealed 0.9.0, the image has no version"
    assert words(results(site.bench, "flash", path, "--public-key", site.public)[1]) == {"1-1.1": "done"}, (
        "when it is signed, its release gives the version"
    )


def test_by_drive_the_bench_decides(site: Site, pad: StandInPad) -> None:
    drive = ["--via", "drive", "--public-key", site.public]
    assert words(results(site.bench, "flash", site.image("0.10.0"), *drive)[1]) == {"1-1.1": "done"}
    site.bench.settle()
    site.bench.bootsel(pad)
    refused = run(site.bench, "flash", site.image("0.9.0"), *drive)
    assert refused.exit_code == 65
    assert "already written 0.10.0" in refused.stderr


@pytest.mark.slow
def test_a_pad_may_be_compared_with_an_older_release(site: Site, pad: StandInPad) -> None:
    site.seal("0.9.0")
    site.seal("0.10.0")
    assert words(site.seal("0.9.0", "--check")[1]) == {"1-1.1": "not proven"}
    assert words(site.seal("0.10.0", "--check")[1]) == {"1-1.1": "done"}


def test_an_unreadable_bench_file_is_refused(site: Site, pad: StandInPad) -> None:
    site.seal("0.9.0")
    kept = newest.place(site.bench.host())
    good = kept.read_bytes()
    for text in (b"", b"[]", b'{"B20C916639D00DB8": 9}', b'{"B20C916639D00DB8": "new"}', good[:-4]):
        kept.write_bytes(text)
        assert "the newest release written here is not known" in site.refusal("0.10.0")
    assert site.holds(pad, "0.9.0")
    kept.write_bytes(good)
    assert words(site.seal("0.10.0")[1]) == {"1-1.1": "done"}
    assert [path.name for path in kept.parent.iterdir() if not path.name.endswith(".lock")] == [kept.name]


def test_results_are_printed_when_the_bench_file_cannot_be_written(site: Site, pad: StandInPad) -> None:
    kept = newest.place(site.bench.host())
    kept.with_name(f".{kept.name}.lock").mkdir(parents=True)
    key = ["--public-key", site.public, "--record", site.record]
    done = run(site.bench, "seal", site.image("0.9.0"), *key)
    assert done.exit_code == 73
    assert "1 of 1 pads are done" in done.stdout
    assert "the newest release is not remembered" in done.stderr


def test_releases_of_two_keys_do_not_mix(site: Site, pad: StandInPad) -> None:
    site.seal("0.9.0")
    kept = newest.place(site.bench.host())
    changed_json(kept, **{"0123456789ABCDEF": "99"})
    assert words(site.seal("0.10.0")[1]) == {"1-1.1": "done"}


def test_an_image_swapped_during_the_erase_is_not_written(
    site: Site, pad: StandInPad, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = site.image("0.9.0")
    checked = load_image(path, site.public)
    original = Board.show

    def exchange(self: Board, name: str, at: Step, percent: int) -> None:
        original(self, name, at, percent)
        if at is Step.ERASE and percent == 0:
            shutil.copyfile(path.with_name("kesu-pico-4in2-service.uf2"), path)

    monkeypatch.setattr(Board, "show", exchange)
    assert words(site.seal("0.9.0")[1]) == {"1-1.1": "done"}
    assert path.read_bytes() != checked.data
    assert bytes(pad.flash.content) == checked.uf2.flash(len(pad.flash.content))


@pytest.mark.parametrize("command", [["seal", "--all"], ["seal"], ["flash", "--record", "pads.csv"]])
def test_no_temporary_file_is_left_without_a_pad(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert run(bench, command[0], sealed.uf2, *command[1:]).exit_code == Exit.UNAVAILABLE
    assert os.listdir(folder) == []


def test_no_temporary_file_is_left_when_a_pad_cannot_be_asked(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is opened and locked then, and no line is written."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    bench.add(1)
    Record(folder / "pads.csv").check()
    assert os.listdir(folder) == []
    bench.server.command.unlink()
    assert run(bench, "seal", sealed.uf2, "--all").exit_code == 69
    assert os.listdir(folder) == []


@pytest.mark.slow
def test_a_built_images_identity_matches_its_manifest(sealed: BuiltImage, service: BuiltImage) -> None:
    for built, profile in ((sealed, "sealed"), (service, "service")):
        taken = load_image(built.uf2)
        assert (taken.profile, taken.version) == (profile, "0.1.0")
        assert taken.uf2.segments[0][0] == FLASH.start
