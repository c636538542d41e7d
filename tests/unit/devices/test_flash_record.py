"""test_flash_record: a line of the record is written completely or not at all."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.devices.flash.record import Entry, Record

ENTRY = Entry(
    "2026-01-02T03:04:05+00:00",
    "0123456789abcdef",
    "1-1.3",
    "RP2040",
    "a.uf2",
    "00" * 32,
    "seal",
    "done",
    "all, read",
    'a "note"',
)


def test_lines_are_read_back_unchanged(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")
    assert record.entries() == []
    record.append(ENTRY)
    record.append(replace(ENTRY, serial="f" * 16))
    assert [entry.serial for entry in record.entries()] == [ENTRY.serial, "f" * 16]
    assert record.entries()[0] == ENTRY
    assert (
        record.path.read_text().splitlines()[0].startswith("time,serial,port,chip,image,sha256,action,result")
    )


def test_concurrent_writes_lose_no_line(tmp_path: Path) -> None:
    def add(number: int) -> None:
        Record(tmp_path / "pads.csv").append(replace(ENTRY, port=f"1-1.{number}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.port for entry in Record(tmp_path / "pads.csv").entries()} == {
        f"1-1.{n}" for n in range(16)
    }


def test_a_stop_before_the_rename_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    before = record.path.read_bytes()

    def power_cut(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kesu.common.atomic.os.fsync", power_cut)
    with pytest.raises(KesuError, match="No space left"):
        record.append(ENTRY)
    assert record.path.read_bytes() == before
    monkeypatch.undo()
    record.append(ENTRY)
    assert len(record.entries()) == 2


@pytest.mark.parametrize("text", ["serial;time\n", "# notes\nhello\n", "cut"])
def test_a_file_that_is_not_a_record_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(KesuError) as refused:
        Record(path).append(ENTRY)
    assert (refused.value.code, path.read_text()) == (Exit.DATA, text)


def test_a_missing_folder_is_reported_before_any_pad_is_touched(tmp_path: Path) -> None:
    with pytest.raises(KesuError) as refused:
        Record(tmp_path / "absent" / "pads.csv").check()
    assert refused.value.code == Exit.CANNOT_CREATE
    Record(tmp_path / "pads.csv").check()
    assert not (tmp_path / "pads.csv").exists()


def test_a_damaged_line_is_not_overwritten(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    record.path.write_text(record.path.read_text()[:-30] + "\n")
    with pytest.raises(KesuError, match="damaged"):
        record.append(ENTRY)
