"""test_leaks_drawn: a seed draws leaks of every kind that fit the firmware; groups of them are judged one by one."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
from kesu.common.errors import KesuError
from kesu.emulator.core.fork import ForkError
from kesu.verify.leaks import campaign, group
from kesu.verify.leaks.campaign import Outcome
from kesu.verify.leaks.drawing import draw
from kesu.verify.leaks.field import Field
from kesu.verify.leaks.ground import Ground, Void
from kesu.verify.leaks.group import Grouped, Spent, fits
from kesu.verify.leaks.in_c import ENCODINGS
from kesu.verify.leaks.judging import Judge, Verdict
from kesu.verify.leaks.moments import AFTER_MS, GONE_MS
from kesu.verify.leaks.naming import functions_of
from kesu.verify.leaks.parts import LANGUAGES, Insert, Leak, changed
from kesu.verify.leaks.registers import Register, registers
from kesu.verify.leaks.triggers import NOTES
from kesu.verify.profile import FULL, LEAKS, NOT_FOR_LEAKS
from kesu_dev.leaks.command import summary

FIRMWARE = Path(__file__).resolve().parents[3] / "firmware"
DRAWS = 800
BLOCKS = {
    block: [Register(block, f"{block}_R{number}", base + 4 * number, 0xFFFF) for number in range(4)]
    for block, base in (("PWM", 0x4005_0000), ("DMA", 0x5000_0000), ("SIO", 0xD000_0000))
}
BLOCKS["WATCHDOG"] = [Register("WATCHDOG", "WATCHDOG_SCRATCH0", 0x4005_800C, 0xFFFF_FFFF)]


class MadeUpGround(Ground):
    """A pad with a few registers, all of which keep what is written."""

    def kept(self, register: Register) -> int:
        return register.mask


def ground(panel: str = "4in2") -> Ground:
    return MadeUpGround(
        "pico",
        panel,
        cast(Any, None),
        cast(Any, None),
        [(1, 68), (1, 8), (1, 384), *[(2, 15_000)] * 6, (3, 512), (3, 24), (4, 5)],
        [("some_object", 64)],
        BLOCKS,
        [(0x01, 3), (0x18, 1), (0x37, 10)],
        [0x80, 0x88],
    )


def draws(seed: int = 5, count: int = DRAWS) -> list[Leak]:
    found = []
    for number in range(count):
        for attempt in range(9):
            try:
                found.append(draw(ground(), seed, number, attempt))
                break
            except Void:
                continue
    return found


ALL = draws()


def source(name: str) -> str:
    return (FIRMWARE / name).read_text(encoding="utf-8")


def test_the_same_seed_draws_the_same_leak() -> None:
    assert [leak.inserts for leak in draws(5, 20)] == [leak.inserts for leak in ALL[:20]]
    assert [leak.path for leak in draws(6, 20)] != [leak.path for leak in ALL[:20]]


def test_every_kind_of_part_is_drawn() -> None:
    assert {leak.language for leak in ALL} == set(LANGUAGES)
    groups = {leak.sink.group for leak in ALL}
    assert groups >= {
        "register of PWM",
        "memory of C",
        "object of the image",
        "dead stack",
        "free heap",
        "USB RAM",
        "panel register",
        "touch register",
        "pin",
        "time on the line",
        "content on the line",
        "bus of the panel",
        "bus of the touch chip",
        "RAM of the panel",
        "flash",
        "register of cache as RAM",
        "time on the glass",
        "object of Python",
        "glass",
    }
    moments = {leak.moment for leak in ALL}
    assert moments >= {
        "at each point",
        "at the wipe",
        "an hour later",
        "at the next start",
        *(f"gone again after {gone_ms} ms, before READY" for gone_ms in GONE_MS),
    }
    assert {f"{after_ms} ms after the wipe's event" for after_ms in AFTER_MS} <= moments
    triggers = " ".join(sorted({leak.trigger for leak in ALL}))
    for part in (
        "always",
        *(f"note {number}" for number in NOTES),
        "long note",
        "third page",
        "undo",
        "ring",
        "corner",
        "taps",
        "countdown",
        "tap at",
        "pause",
        "wipe by AWAY",
        "wipe by WIPE",
    ):
        assert part in triggers
    for part in ("SEND_BREAK", "SET_CONTROL_LINE_STATE", "string", "GET_LINE_CODING", "baud", "packet"):
        assert part in triggers
    assert "during the wipe" in triggers
    assert {leak.encoding for leak in ALL} == set(ENCODINGS)


def test_every_anchor_in_the_firmware_is_there_once() -> None:
    anchors = {(insert.path, insert.anchor) for leak in ALL for insert in leak.inserts if insert.anchor}
    own = {(path, anchor) for path, anchor in anchors if path.startswith(("native/", "kesu_pad/"))}
    assert len(own) >= 15
    for path, anchor in own:
        assert source(path).count(anchor) == 1, (path, anchor)


@pytest.mark.slow
def test_a_leak_in_python_is_python() -> None:
    chosen = [leak for leak in ALL if leak.language == "Python"]
    for leak in chosen:
        for name, text in changed([leak], source).items():
            compile(text, name, "exec")
    assert len(chosen) > DRAWS // 6


def test_several_leaks_go_into_one_file() -> None:
    chosen = [leak for leak in ALL if leak.language == "Python"][:5]
    text = changed(chosen, source)["kesu_pad/events.py"]
    for leak in chosen:
        assert f"_d{leak.seed}_{leak.number}_s = " in text
    compile(text, "events.py", "exec")


def test_an_anchor_that_is_not_there_once_is_an_error() -> None:
    wrong = replace(ALL[0], inserts=(Insert("kesu_pad/app.py", "no such text", "x"),))
    with pytest.raises(KesuError, match="0 times"):
        changed([wrong], source)


def test_leaks_that_share_a_place_do_not_fit_together() -> None:
    one = next(leak for leak in ALL if leak.sink.group == "register of PWM")
    other = next(leak for leak in ALL if leak.sink.group == "register of DMA")
    assert fits(other, [one], source)
    assert not fits(one, [one], source)
    late = [leak for leak in ALL if leak.sink.group == "time on the line"][:2]
    assert not fits(late[1], late[:1], source)


def test_leaks_that_change_one_function_of_python_do_not_fit_together() -> None:
    at_wipe = [
        leak
        for leak in ALL
        if leak.language == "Python" and leak.moment == "at the wipe" and leak.trigger == "always"
    ]
    one, other = [leak for leak in at_wipe if leak.sink.group == "object of Python"][:2]
    assert functions_of(one, source) == {"kesu_pad_app_App__begin_wipe"}
    assert not fits(other, [one], source)


def test_the_checks_for_leaks_are_all_those_of_a_full_run() -> None:
    assert set(LEAKS.checks) == set(FULL.checks) - set(NOT_FOR_LEAKS)
    assert {"structure", "pairs", "matrix"} <= set(LEAKS.checks)


JUDGE = Judge(LEAKS, lambda *_: iter(()))


@dataclass
class Checks:
    """Checks that notice some leaks: of these, those of `named` by their place."""

    noticed: set[str]
    named: set[str]
    runs: int = 0

    def judged(self, leaks: Sequence[Leak], *_: object) -> Verdict:
        self.runs += 1
        there = self.noticed & {leak.name for leak in leaks}
        return Verdict("pairs" if there else "", "differs", dict.fromkeys(there & self.named, "it differs"))


@pytest.mark.parametrize("named", [True, False], ids=["named by place", "found by halves"])
def test_of_a_group_exactly_the_noticed_leaks_are_caught(
    monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    leaks = ALL[:8]
    noticed = {leaks[1].name, leaks[2].name, leaks[6].name}
    checks = Checks(noticed, noticed if named else set())
    monkeypatch.setattr(Grouped, "_pad", lambda *_: (None, None))
    monkeypatch.setattr(Grouped, "_judged", lambda self, found, *_: checks.judged(found))
    verdicts = list(Grouped(cast(Field, None), 5, Spent(), JUDGE).verdicts(leaks))
    assert {leak.name for leak, verdict in verdicts if verdict.check} == noticed
    assert sorted(leak.number for leak, _ in verdicts) == sorted(leak.number for leak in leaks)
    assert checks.runs == 2 if named else checks.runs > 2


def test_a_leak_with_which_no_pad_starts_is_found_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = ALL[:6]

    def pad(self: object, found: Sequence[Leak], place: object) -> object:
        return "it does not build" if leaks[3] in found else ("image", "pad")

    class Probe:
        def present(self, found: Sequence[Leak], *_: object) -> dict[str, str]:
            return {leak.name: "seen" for leak in found}

    class MadeUpField:
        probe = Probe()

    monkeypatch.setattr(group.Grouped, "_pad", pad)
    monkeypatch.setattr(Grouped, "_judged", lambda self, found, *_, **__: Verdict("", ""))
    tried = Grouped(cast(Field, MadeUpField()), 5, Spent(), JUDGE).tried(leaks)
    assert {one.leak.name: one.presence for one in tried} == {
        leak.name: "" if leak is leaks[3] else "seen" for leak in leaks
    }


def test_beside_void_leaks_only_findings_that_name_a_leak_count(monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = ALL[:4]

    class Probe:
        def present(self, found: Sequence[Leak], *_: object) -> dict[str, str]:
            return {leak.name: "" if leak is leaks[0] else "seen" for leak in found}

    class MadeUpField:
        probe = Probe()

    named = {leaks[2].name: "its own"}
    monkeypatch.setattr(Grouped, "_pad", lambda *_: ("image", "pad"))
    monkeypatch.setattr(Grouped, "_judged", lambda *_, **__: Verdict("walks", "something", named))
    tried = {
        one.leak.name: one for one in Grouped(cast(Field, MadeUpField()), 5, Spent(), JUDGE).tried(leaks)
    }
    verdicts = {name: one.verdict for name, one in tried.items() if one.verdict}
    assert verdicts == {leaks[2].name: Verdict("walks", "its own", named)}
    assert [name for name, one in tried.items() if not one.presence] == [leaks[0].name]


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        ("kesu.emulator.board.pad.EmulationTimeout: never", True),
        ("ImportError: cannot import name", False),
        ("AssertionError", False),
    ],
)
def test_only_a_failure_of_the_pad_counts_as_noticed(
    monkeypatch: pytest.MonkeyPatch, error: str, counts: bool
) -> None:
    def failing(*_: object) -> object:
        raise ForkError(f"Traceback:\n{error}")

    class MadeUpField:
        source = staticmethod(source)

    monkeypatch.setattr(group, "fork_run", failing)
    grouped = Grouped(cast(Field, MadeUpField()), 5, Spent(), JUDGE)
    if counts:
        assert grouped._judged(ALL[:1], "", cast(Any, None), cast(Any, None)).check == "liveness"
    else:
        with pytest.raises(ForkError):
            grouped._judged(ALL[:1], "", cast(Any, None), cast(Any, None))


def outcome(number: int, caught_by: str = "") -> Outcome:
    return Outcome(
        f"5.{number}",
        "pico",
        "4in2",
        "a path",
        "pin",
        "always",
        "at once",
        "C",
        "seen",
        caught_by,
        "",
        ("void",),
        1.0,
        2.0,
        3.0,
    )


def test_outcomes_are_kept_and_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Once:
        def run(self, tasks: Sequence[Any]) -> Any:
            for task in tasks:
                yield task, [outcome(number) for number in task.arguments[3]]

    monkeypatch.setattr(campaign, "field_of", lambda *_: None)
    kept = tmp_path / "kept.jsonl"
    first = list(campaign.run(cast(Any, Once()), cast(Any, None), "pico", "4in2", 5, range(3), kept))
    assert [one.number for one in first if isinstance(one, Outcome)] == [0, 1, 2]
    again = list(campaign.run(cast(Any, Once()), cast(Any, None), "pico", "4in2", 5, range(5), kept))
    assert len(again) == 5
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 5
    assert campaign.read(kept, "pico2", "4in2", 5) == []


def test_the_summary_has_rate_and_groups_of_survivors() -> None:
    text = summary([outcome(1), outcome(2, "pairs"), outcome(3)], 5)
    assert "1 of 3 leaks noticed, 3 draws were void" in text
    assert "CPU a leak: 6.0 s" in text
    assert "survived in pin: 2" in text


HEADER = """
#define PWM_CH0_CSR_OFFSET _u(0x00000000)
#define PWM_CH0_CSR_BITS   _u(0x000000ff)
#define PWM_CH0_CSR_EN_BITS   _u(0x00000001)
#define PWM_CH0_CSR_EN_ACCESS "RW"
#define PWM_CH0_CSR_GONE_BITS   _u(0x00000080)
#define PWM_CH0_CSR_GONE_ACCESS "SC"
#define PWM_CH0_CTR_OFFSET _u(0x00000008)
#define PWM_CH0_CTR_BITS   _u(0x0000ffff)
#define PWM_CH0_CTR_ACCESS "RW"
#define PWM_INTR_OFFSET _u(0x0000000c)
#define PWM_INTR_BITS   _u(0x000000ff)
#define PWM_INTR_CH0_BITS   _u(0x00000001)
#define PWM_INTR_CH0_ACCESS "WC"
"""


def test_writable_registers_are_read_from_the_headers(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "rp2040" / "hardware_regs" / "include" / "hardware" / "regs"
    folder.mkdir(parents=True)
    (folder / "addressmap.h").write_text("#define PWM_BASE _u(0x40050000)\n")
    (folder / "pwm.h").write_text(HEADER)
    assert registers(tmp_path, "pico") == {
        "PWM": [
            Register("PWM", "PWM_CH0_CSR", 0x4005_0000, 0x1),
            Register("PWM", "PWM_CH0_CTR", 0x4005_0008, 0xFFFF),
        ]
    }
