"""test_trace: the trace follows ink through a pad, finds it where it must not be, and changes nothing."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import random

import leak_guest
import pytest
from fast_part import fast
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import FLASH_BASE
from kesu.emulator.core.fork import fork_run
from kesu.emulator.trace.tracer import Escape, Tracer
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.outcome import Walk
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.trace import code, places, reviewed, walk
from kesu.verify.trace.coverage import Ran
from kesu.verify.trace.moves import ENDS, Ending, Hand

STROKE = [(120.0, 40.0), (170.0, 90.0), (150.0, 60.0)]


@pytest.fixture(scope="module")
def booted(sealed: BuiltImage) -> VirtualPad:
    pad = scenario.boot(sealed, 1)
    _ = pad.memory_map
    return pad


def write_and_wipe(pad: VirtualPad, tracer: Tracer | None) -> tuple[str, list[int]]:
    """The state at the end, and the bytes with ink after writing, and 5 and 55 ms after the end of the call."""
    pad.pen.write([STROKE], 300.0)
    pad.run_for(1_500.0)
    inked = [tracer.inked_bytes] if tracer is not None else []
    pad.host.set_dtr(False)
    for ms in (5.0, 50.0):
        pad.run_for(ms)
        inked += [tracer.inked_bytes] if tracer is not None else []
    pad.run_for(2_500.0)
    state = hashlib.sha256(bytes(pad.sram) + bytes(pad.dpram) + pad.clock.now_ns.to_bytes(8, "big"))
    return state.hexdigest(), inked


@pytest.mark.slow
def test_a_traced_run_is_the_same_run(booted: VirtualPad) -> None:
    plain, _ = fork_run(booted, lambda pad: write_and_wipe(pad, None))
    traced, inked = fork_run(booted, lambda pad: write_and_wipe(pad, Tracer(pad)))
    assert plain == traced
    assert inked[0] > 300
    assert inked[2] == 0


def test_ink_is_in_the_registered_buffers_and_named(booted: VirtualPad) -> None:
    def play(pad: VirtualPad) -> tuple[int, int, int]:
        tracer = Tracer(pad)
        pad.pen.write([STROKE], 300.0)
        pad.run_for(1_500.0)
        owned = [range(one.address, one.address + one.length) for one in pad.owners()]
        addresses = tracer.inked_addresses()
        inside = sum(any(address in one for one in owned) for address in addresses)
        trails = sum(len(tracer.trail(address)) > 1 for address in addresses)
        return len(addresses), inside, trails

    addresses, inside, trails = fork_run(booted, play)
    # What is not in a buffer is on the dead stack, until it is scrubbed.
    assert addresses - 64 <= inside <= addresses
    assert trails > addresses // 2


@pytest.mark.slow
def test_old_ink_is_distinguished_from_new(booted: VirtualPad) -> None:
    def play(pad: VirtualPad) -> tuple[int, int, int]:
        tracer = Tracer(pad)
        pad.pen.write([STROKE], 300.0)
        pad.run_for(1_000.0)
        last = pad.touch.reports
        before = len(tracer.inked_addresses(last))
        pad.pen.write([[(x + 90.0, y) for x, y in STROKE]], 300.0)
        pad.run_for(1_000.0)
        return before, len(tracer.inked_addresses(last)), len(tracer.inked_addresses())

    before, old, both = fork_run(booted, play)
    assert 0 < before <= old < both


def poked(pad: VirtualPad, address: int) -> list[str]:
    """Give a byte of memory the ink of a note, as a leak would, and wipe."""
    tracer = Tracer(pad)
    pad.pen.write([STROKE], 300.0)
    pad.run_for(1_000.0)
    label = tracer.shadow.labels[tracer.inked_addresses()[0] - 0x2000_0000]
    pad.host.set_dtr(False)
    pad.run_for(60.0)
    if address:
        tracer.shadow.labels[address - 0x2000_0000] = label
        tracer.shadow.state.inked += 1
    pad.run_for(2_500.0)
    return [walk.left_of(tracer)]


@pytest.mark.slow
def test_a_byte_that_keeps_ink_is_named(booted: VirtualPad) -> None:
    spare = booted.memory_map.symbol("kesu_owner_count").address
    assert fork_run(booted, lambda pad: poked(pad, 0)) == [""]
    assert fork_run(booted, lambda pad: poked(pad, spare))[0].startswith("kesu_owner_count")


@pytest.mark.slow
def test_a_walk_holds_and_sees_much(booted: VirtualPad, sealed: BuiltImage) -> None:
    policy = Policy.of(sealed)
    walked, ran = fork_run(booted, lambda pad: walk.walk(pad, policy, 5, 3))
    assert walked.reason == ""
    assert walked.most_inked > 500
    covered = {one.kind: one for one in code.coverage(booted, ran)}
    assert all(one.holds for one in covered.values())
    assert covered[code.FROZEN].ran > 1_500
    assert covered[code.OWN].ran > 700


@pytest.mark.slow
def test_a_walk_ends_when_what_it_found_is_enough(booted: VirtualPad, sealed: BuiltImage) -> None:
    policy, asked = Policy.of(sealed), list[Walk]()

    def enough(now: Walk) -> bool:
        asked.append(now)
        return len(asked) == 2

    def play(pad: VirtualPad) -> tuple[int, Walk]:
        walked, _ = walk.walk(pad, policy, 5, 4, enough)
        return len(asked), walked

    times, walked = fork_run(booted, play)
    assert times == 2
    assert walked.notes <= 2


@pytest.mark.slow
def test_a_walk_names_a_register_that_the_allow_list_does_not_have(
    booted: VirtualPad, sealed: BuiltImage
) -> None:
    policy = Policy.of(sealed)

    def play(pad: VirtualPad, leak: str) -> Walk:
        leak_guest.install(pad, "wipe", leak)
        return walk.walk(pad, policy, 5, 1)[0]

    clean = fork_run(booted, lambda pad: play(pad, "nop\n"))
    assert clean.uses == ()
    pwm = fork_run(booted, lambda pad: play(pad, leak_guest.keep(0x4005_000C, 7)))
    assert "0x4005000c" in pwm.uses[0]
    assert pwm.reason.startswith("not allowed: store 0x7")


def rom_call(code: str) -> str:
    """Ask the boot ROM's table for a function by a code that is put together, and call it (RP2040 datasheet 2.8.3)."""
    first, second = (ord(letter) for letter in code)
    return (
        f"movs r0, #0x14\nldrh r0, [r0]\nmovs r1, #{second}\nlsls r1, r1, #8\nadds r1, #{first}\n"
        "movs r4, #0x18\nldrh r4, [r4]\nmov r6, lr\nblx r4\nmov lr, r6\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("free", [leak_guest.FREE, FLASH_BASE + 0xF_0000], ids=["far away", "near the image"])
def test_code_that_is_in_no_function_of_the_image_is_named(
    booted: VirtualPad, sealed: BuiltImage, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    policy, place = Policy.of(sealed), free + leak_guest.ROOM
    monkeypatch.setattr(leak_guest, "FREE", free)

    def play(pad: VirtualPad) -> Walk:
        leak_guest.install(pad, "wipe", "nop\n")
        return walk.walk(pad, policy, 5, 1)[0]

    assert fork_run(booted, lambda pad: walk.walk(pad, policy, 5, 1)[0]).calls == ()
    walked = fork_run(booted, play)
    assert any(text.startswith(f"code at 0x{place:08x}") for text in walked.calls)
    assert walked.reason.startswith("it ran code at")


@pytest.mark.slow
@pytest.mark.parametrize(("code", "named"), [("RP", True), ("P3", False)])
def test_a_function_of_the_boot_rom_is_named_unless_it_is_allowed(
    booted: VirtualPad, sealed: BuiltImage, code: str, named: bool
) -> None:
    policy = Policy.of(sealed)

    def play(pad: VirtualPad) -> Walk:
        leak_guest.install(pad, "wipe", rom_call(code))
        return walk.walk(pad, policy, 5, 1)[0]

    walked = fork_run(booted, play)
    asked = [text for text in walked.calls if "boot ROM was asked" in text]
    assert bool(asked) == named
    assert not named or repr(code) in asked[0]


@pytest.mark.slow
@pytest.mark.parametrize("number", fast([4, 5, 6, 7], 5))
def test_the_magic_words_of_the_boot_rom_are_refused(
    booted: VirtualPad, sealed: BuiltImage, number: int
) -> None:
    """A watchdog reset with these words in SCRATCH4 to 7 boots into code in SRAM (RP2040 datasheet 2.8.1.1)."""
    policy, address = Policy.of(sealed), 0x4005_800C + 4 * number

    def play(pad: VirtualPad) -> Walk:
        leak_guest.install(pad, "wipe", leak_guest.keep(address, 0xB007_C0D3))
        return walk.walk(pad, policy, 5, 1)[0]

    assert any(f"0x{address:08x}" in text for text in fork_run(booted, play).uses)


@pytest.mark.slow
@pytest.mark.parametrize("address", fast([0x1800_0060, 0x1800_0008, 0x4001_8008], 0x1800_0008))
def test_direct_access_to_the_flash_chip_is_refused(
    booted: VirtualPad, sealed: BuiltImage, address: int
) -> None:
    """Data and enable registers of the SSI, and the flash chip's select pin (RP2040 datasheet 4.10, 2.19.6.2)."""
    policy = Policy.of(sealed)

    def play(pad: VirtualPad) -> Walk:
        leak_guest.install(pad, "wipe", leak_guest.load(address, "r4"))
        return walk.walk(pad, policy, 5, 1)[0]

    assert any(f"0x{address:08x}" in text for text in fork_run(booted, play).uses)


@pytest.mark.slow
def test_a_branch_in_an_unlisted_function_is_reported(
    booted: VirtualPad, sealed: BuiltImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {key: one for key, one in reviewed.functions().items() if key[1] != "kesu_pad_ink_Ink_point"}
    monkeypatch.setattr(reviewed, "functions", lambda: listed)
    policy = Policy.of(sealed)
    walked, _ = fork_run(booted, lambda pad: walk.walk(pad, policy, 5, 1))
    assert any(name.startswith("kesu_pad_ink_Ink_point (not reviewed") for name in walked.branches)


def test_code_that_was_changed_has_to_run(booted: VirtualPad, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = dict(code.reviewed())
    changed[code.FROZEN] = changed[code.FROZEN] | {"kesu_pad_faults__lt_module_gt_": ["0" * 16]}
    monkeypatch.setattr(code, "reviewed", lambda: changed)
    opened = [name for one in code.coverage(booted, Ran()) for name in one.open]
    assert [name.partition(":")[0] for name in opened] == ["kesu_pad_faults__lt_module_gt_"]


@pytest.mark.slow
def test_walks_repeat_by_seed(booted: VirtualPad, sealed: BuiltImage) -> None:
    policy = Policy.of(sealed)
    first, second = (fork_run(booted, lambda pad: walk.walk(pad, policy, 9, 2)[0]) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_the_port_is_open_again_after_an_ending_that_restarts_the_pad_late(
    booted: VirtualPad, sealed: BuiltImage
) -> None:
    """The page of a fault is shown before the restart. Without an open port, DTR would not end the next note."""
    silent, closed = (
        next(one for one in ENDS if one.name == name) for name in ("touch chip silent", "DTR drops")
    )

    def run(pad: VirtualPad) -> tuple[bool, bool, str]:
        hand, tracer = Hand(pad, Policy.of(sealed), random.Random("port")), Tracer(pad)

        def write() -> None:
            pad.run_for(pad.pen.write([STROKE], 300.0))

        walk.one_note(hand, tracer, 1, write, silent)
        opened = pad.host.dtr
        ended = walk.one_note(hand, tracer, 1, write, closed)
        return opened, bool(pad.host.serial_state.dsr), ended.stuck

    assert fork_run(booted, run) == (True, True, "")


def test_every_listed_function_has_a_reason() -> None:
    for one in reviewed.functions().values():
        assert one.reason, one.name
        assert one.prints, one.name


def test_a_hand_can_reach_everything(booted: VirtualPad, sealed: BuiltImage) -> None:
    hand = Hand(booted, Policy.of(sealed), random.Random(1))
    reached = [hand.place for _ in range(400)]
    assert max(x for x, _ in reached) > 0.95 * booted.glass.width
    assert max(y for _, y in reached) > 0.95 * booted.glass.height


def test_an_escape_is_named_without_a_value(booted: VirtualPad) -> None:
    text = places.Names(booted).escape(Escape("store", 0xD000_0080, 0, 0, (3, 9), 0))
    assert text == "to 0xd0000080"


@pytest.mark.slow
@pytest.mark.parametrize("inked", [True, False])
@pytest.mark.parametrize("ending", ENDS, ids=lambda ending: ending.name)
def test_after_each_ending_the_pad_takes_ink_at_once(
    ending: Ending, inked: bool, booted: VirtualPad, sealed: BuiltImage
) -> None:
    """The pages without a pen are blank as READY is, so their DSR must not be taken for that of READY."""

    def play(pad: VirtualPad) -> tuple[bool, str, bool]:
        hand = Hand(pad, Policy.of(sealed), random.Random("endings"))

        def write() -> None:
            if inked:
                pad.pen.write([STROKE], 300.0)
                pad.run_for(700.0)

        found = walk.one_note(hand, Tracer(pad), 1, write, ending)
        blank = bool(pad.host.serial_state.dsr)
        pad.pen.write([STROKE], 300.0)
        pad.run_for(900.0)
        return blank, found.stuck, bool(pad.host.serial_state.dcd)

    assert fork_run(booted, play) == (True, "", True)
