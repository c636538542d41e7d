"""test_uses: the allow-lists say what an image may use; everything else is named with register, value and function."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kesu.common.errors import KesuError
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.ssd16xx_commands import Command, Commands
from kesu.emulator.uses.table import STORE, Span, Table, Use
from kesu.spec.panels import PANELS
from kesu.verify.uses import judge, rules
from kesu.verify.uses.log import Log, PanelUse, TouchUse

BOARDS = ("pico", "pico2")
MOST_RULES = 160
"""For a chip: the lists are small enough to be read."""


def store(address: int, value: int, size: int = 4) -> Use:
    return Use(True, address, size, value, 0x1000_1234)


@pytest.mark.parametrize("board", BOARDS)
def test_a_list_is_short_and_has_no_rule_twice(board: str) -> None:
    content = tomllib.loads((rules.FOLDER / f"{board}.toml").read_text(encoding="utf-8"))
    lines = [tuple(rule.split()[:2]) for group in content["group"] for rule in group["rules"]]
    assert len(lines) == len(set(lines)) == rules.chip(board).entries <= MOST_RULES
    assert all(len(group["reason"]) > 25 for group in content["group"])


@pytest.mark.parametrize(
    ("use", "allowed"),
    [
        (store(0x4004_0008, 0x5A), True),  # data of the panel
        (store(0x4004_0008, 0x5A, 1), False),  # not as a byte
        (store(0x4004_0000, 0x3C7), False),  # the clock of the panel's SPI
        (store(0x4004_8004, 0x38), True),  # address of the touch chip
        (store(0x4004_8004, 0x39), False),
        (store(0xD000_0014, 1 << 25), True),  # LED
        (store(0xD000_0014, 1 << 26), False),
        (store(0xD000_1014, 1 << 25), False),  # another address of the same block
        (store(0xD000_0080, 0), False),  # interpolator
        (store(0xE000_E014, 1), False),  # SysTick
        (Use(False, 0x4006_001C, 4, 0, 0), False),  # random bit of ROSC
        (Use(False, 0x4005_4028, 4, 0, 0), True),  # timer
        (store(0x4001_E034, 5), False),  # through the alias that sets bits
    ],
)
def test_a_use_is_allowed_by_address_size_and_value(use: Use, allowed: bool) -> None:
    assert rules.chip("pico").allows(use) is allowed


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize(
    ("use", "allowed"),
    [
        (PanelUse(0x24, 4_000, b""), True),
        (PanelUse(0x24, 15_001, b""), False),
        (PanelUse(0x12, 0, b""), True),
        (PanelUse(0x12, 1, b"\x01"), False),
        (PanelUse(0x2C, 1, b"\x30"), False),  # VCOM
        (PanelUse(0x32, 227, bytes(227)), False),  # LUT
        (PanelUse(0x3C, 1, b"\x80"), True),  # border
        (PanelUse(0x3C, 1, b"\x41"), False),
        (PanelUse(0x37, 10, bytes(10)), False),
        (PanelUse(0x10, 1, b"\x01"), False),
        (PanelUse(0x27, 10, bytes(10)), False),  # reading the RAM
    ],
)
def test_a_command_is_allowed_by_its_data(panel: str, use: PanelUse, allowed: bool) -> None:
    assert rules.panel(panel)[0].allows(use) is allowed


@pytest.mark.parametrize(
    ("use", "allowed"),
    [
        (TouchUse(False, 0x03, 0), True),
        (TouchUse(False, 0x09, 0), False),  # the second point
        (TouchUse(True, 0x80, 0x20), False),  # threshold
        (TouchUse(True, 0xA4, 1), True),
        (TouchUse(True, 0xA4, 0), False),
    ],
)
def test_an_access_to_the_touch_chip_is_allowed_by_its_value(use: TouchUse, allowed: bool) -> None:
    assert rules.panel("4in2")[1].allows(use) is allowed


def test_a_table_notes_each_use_once_and_not_plain_memory() -> None:
    table = Table((Span(range(0x5010_0000, 0x5010_1000), 0xFFFF_FFC0),), {0x4004_0008: 0})
    table.note(0x4004_0008, 4, True, 1, 10)
    assert table.uses() == []  # not switched on
    table.set_on(True)
    for value in (1, 2, 2):
        table.note(0x4004_0008, 4, True, value, 10)
        table.note(0x4005_0000, 4, True, value, 10)
        table.note(0x5010_0041, 1, True, value, 10)
        table.note(0x2000_0000, 4, True, value, 10)
        table.note(0x1000_0000, 4, False, value, 10)
    assert table.uses() == [
        Use(True, 0x4004_0008, 4, 0, 10),
        Use(True, 0x4005_0000, 4, 1, 10),
        Use(True, 0x4005_0000, 4, 2, 10),
        Use(True, 0x5010_0040, 1, 0, 10),
    ]


def test_a_group_without_a_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new.toml").write_text('[[group]]\nname = "x"\nreason = ""\nrules = ["read 0x0 X"]\n')
    monkeypatch.setattr(rules, "FOLDER", tmp_path)
    with pytest.raises(KesuError, match="no reason"):
        rules.chip("new")


def test_a_strange_use_is_named_with_value_register_and_function() -> None:
    log = SimpleNamespace(
        registers=[store(0x4005_000C, 0x77)],
        panel=[PanelUse(0x2C, 1, b"\x30")],
        touch=[TouchUse(True, 0x80, 0x20)],
        lost=2,
    )
    pad: Any = SimpleNamespace(
        watchers={Log: log},
        fitted="4in2-x",
        emulator=SimpleNamespace(facts=SimpleNamespace(board="pico"), register_name=lambda at: "PWM+0xc"),
        memory_map=SimpleNamespace(name=lambda pc: "kesu_stroke+0x10"),
    )
    assert judge.strange(pad) == [
        "store 0x77 to PWM+0xc (0x4005000c) at 0x10001234 in kesu_stroke",
        "panel command 2C unknown, 1 bytes 30",
        "touch register 0x80 set to 0x20",
        "2 more uses, for which there was no place",
    ]
    assert judge.summary(judge.strange(pad)).startswith(judge.NOT_ALLOWED)
    assert judge.summary([]) == ""


def test_a_command_is_reported_with_its_data_when_the_next_one_begins() -> None:
    ended: list[Command] = []
    commands = Commands()
    commands.ended.append(ended.append)
    commands.begin(NS_PER_MS, 0x2C)
    commands.take(b"\x30")
    assert ended == []
    commands.begin(2 * NS_PER_MS, 0x24)
    commands.take(bytes(300))
    commands.take(bytes(300))
    commands.end()
    assert [(one.time_ns, one.op, one.length, one.data) for one in ended] == [
        (NS_PER_MS, 0x2C, 1, b"\x30"),
        (2 * NS_PER_MS, 0x24, 600, b""),
    ]


def test_both_tables_have_the_same_flag_for_a_store() -> None:
    header = (Path(judge.__file__).parents[2] / "emulator" / "uses" / "uses.h").read_text(encoding="utf-8")
    assert f"#define USES_STORE 0x{STORE:x}u" in header
