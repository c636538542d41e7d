"""test_attacks_record: links, pipes, locks and permissions around the record of pads."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from attacks import attack, naive_replace
from click.testing import CliRunner
from flash_runs import run
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from kesu.devices.discovery.host import Host
from kesu.devices.flash import record as record_module
from kesu.devices.flash.record import COLUMNS, Entry, Record
from kesu.images.toolchain.request import BuiltImage
from pad_bench import Bench
from traps import TRAPS, Lay, hard_link, link, pipe, untouched

ENTRY = Entry(*COLUMNS)


@pytest.mark.parametrize("lay", [link, hard_link])
def test_control_a_predictable_name_overwrites_another_file(tmp_path: Path, victim: Path, lay: Lay) -> None:
    lay(tmp_path / ".pads.csv.new")
    naive_replace(tmp_path / "pads.csv", "ours\n")
    assert victim.read_text() == "ours\n"


@attack(
    "record of pads",
    "link or hard link at the predictable name of an earlier release",
    "line written, other file unchanged",
)
@pytest.mark.parametrize("lay", [link, hard_link])
def test_the_record_is_written_under_an_unpredictable_name(tmp_path: Path, victim: Path, lay: Lay) -> None:
    lay(tmp_path / ".pads.csv.new")
    Record(tmp_path / "pads.csv").append(ENTRY)
    assert untouched(victim)
    assert Record(tmp_path / "pads.csv").entries() == [ENTRY]


@attack(
    "record of pads",
    "link, pipe, device or folder in its place",
    "refused, no pad touched",
    Exit.CANNOT_CREATE,
)
@pytest.mark.parametrize("trap", TRAPS)
def test_seal_does_not_write_the_record_through_a_trap(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, victim: Path, code: int, trap: str
) -> None:
    pad = bench.add(1)
    TRAPS[trap](tmp_path / "pads.csv")
    refused = run(bench, "seal", sealed.uf2, "--all", "--record", tmp_path / "pads.csv")
    assert refused.exit_code == code
    assert "Traceback" not in refused.output
    assert untouched(victim)
    assert set(pad.flash.content) == {0xFF}
    assert bench.server.calls == []


@attack("record of pads", "link, pipe or folder in place of its lock", "refused", Exit.CANNOT_CREATE)
@pytest.mark.parametrize("trap", TRAPS)
def test_the_records_lock_must_be_a_plain_file(tmp_path: Path, victim: Path, code: int, trap: str) -> None:
    TRAPS[trap](tmp_path / ".pads.csv.lock")
    with pytest.raises(KesuError) as refused:
        Record(tmp_path / "pads.csv").append(ENTRY)
    assert refused.value.code == code
    assert "None" not in refused.value.message
    assert untouched(victim)
    assert not (tmp_path / "pads.csv").exists()


@attack("record of pads", "another program holds its lock for ever", "given up after 30 s", Exit.TRY_AGAIN)
def test_a_lock_that_never_falls_is_given_up(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(record_module, "LOCK_S", 0.1)
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    with (tmp_path / ".pads.csv.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(KesuError, match="another program holds its lock") as refused:
            record.append(ENTRY)
    assert refused.value.code == code
    record.append(ENTRY)
    assert len(record.entries()) == 2


@attack(
    "record of pads", "hard link to it", "the new record is a new file, the other name keeps the old content"
)
def test_a_hard_link_to_the_record_keeps_the_old_content(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    (tmp_path / "other").hardlink_to(record.path)
    before = record.path.read_bytes()
    record.append(ENTRY)
    assert (tmp_path / "other").read_bytes() == before
    assert len(record.entries()) == 2


@attack("record of pads", "accessible to its group", "permissions unchanged")
def test_the_record_keeps_its_permissions(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    for mode in (0o640, 0o600):
        record.path.chmod(mode)
        record.append(ENTRY)
        assert record.path.stat().st_mode & 0o777 == mode


@attack("`kesu devices`, `kesu doctor`", "a pipe as `--record`", "refused at once", Exit.NO_INPUT)
@pytest.mark.parametrize("command", ["devices", "doctor"])
def test_a_pipe_as_record_is_refused_at_once(tmp_path: Path, code: int, command: str) -> None:
    pipe(tmp_path / "pads.csv")
    refused = CliRunner().invoke(main, [command, "--record", str(tmp_path / "pads.csv")], obj=Host(tmp_path))
    assert refused.exit_code == code
    assert "not a plain file" in refused.output
