"""test_waveforms: register LUTs are computed from waveforms.toml: charge, lengths, temperature, and what is refused."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.spec.waveforms import FILE, ROWS, SPEC, Chip, dark, drive, lut, nothing, page, read

POLARITY = {0: 0, 1: 1, 2: -1}
CHIPS = list(SPEC.chips.values())


def decoded(chip: Chip, data: bytes) -> dict[str, list[tuple[int, int]]]:
    """Phases (frames, VS code) of each row, read back from the bytes: written from hardware-facts A.4, not from the
    code that makes them. Repeat counts are those that mean "once"."""
    rows: dict[str, list[tuple[int, int]]] = {}
    for number, name in enumerate(chip.rows):
        found = []
        for group in range(6 if chip.name == "SSD1683" else 12):
            if chip.name == "SSD1683":
                repeat, *phases, ab, cd = data[42 * number + 7 * group : 42 * number + 7 * group + 7]
                assert (repeat, ab, cd) == (1, 1, 1)
                found += [(phase & 0x3F, phase >> 6) for phase in phases]
            else:
                levels, timing = data[12 * number + group], data[60 + 7 * group : 67 + 7 * group]
                assert timing[2] == timing[5] == timing[6] == 0
                frames = (timing[0], timing[1], timing[3], timing[4])
                found += [(each, levels >> (6 - 2 * index) & 3) for index, each in enumerate(frames)]
        rows[name] = [phase for phase in found if phase[0]]
    assert rows.keys() == set(ROWS)
    return rows


def net(row: list[tuple[int, int]]) -> int:
    """Frames at VSH1 minus frames at VSL."""
    return sum(POLARITY[code] * frames for frames, code in row)


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.name)
def test_a_page_is_shown_without_net_charge_by_phases_of_the_same_length_for_every_pixel(chip: Chip) -> None:
    for each in SPEC.classes_of(chip):
        first, data = lut(chip, dark(each.unit)), lut(chip, page(each.unit, each.white, each.black))
        assert len(data) == len(first) == chip.bytes
        before, rows = decoded(chip, first), decoded(chip, data)
        assert before == {name: [(each.unit, int(name != "COM"))] for name in rows}, (
            "whatever the planes have"
        )
        assert [net(before[name]) + net(row) for name, row in rows.items()] == [0] * 5
        assert {tuple(frames for frames, _ in row) for row in rows.values()} == {
            (each.unit,) * (len(each.white) - 1)
        }
        assert sum(frames for frames, _ in rows["COM"]) == each.page
        assert rows["WW"] == rows["BW"], "only the new plane decides"
        assert rows["BB"] == rows["WB"]
        assert [code for _, code in rows["BW"][-2:]] == [2, 2], "VSL is white"
        assert [code for _, code in rows["WB"][-2:]] == [1, 1], "VSH1 is black"
        assert {code for _, code in rows["COM"]} == {0}


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.name)
def test_pulses_drive_changed_pixels_only_and_pen_and_eraser_alike(chip: Chip) -> None:
    for each in SPEC.classes_of(chip):
        for frames in (each.pulse, each.turn):
            rows = decoded(chip, lut(chip, drive(frames)))
            assert {name: net(row) for name, row in rows.items()} == {
                "BB": 0, "BW": -frames, "WB": frames, "WW": 0, "COM": 0
            }  # fmt: skip
            assert {sum(length for length, _ in row) for row in rows.values()} == {frames}
        assert each.turn == each.pulse * each.pulses
        needed_ms = SPEC.film["drive_ms"] * SPEC.slower(each.from_c)
        short_ms = needed_ms - 1000 * each.turn / chip.hz
        assert short_ms <= SPEC.ink["spare"] * 1000 * each.pulse / chip.hz + 1e-9
        assert 1 <= each.pulses <= SPEC.ink["most_pulses"]


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.name)
def test_a_probe_takes_time_and_drives_nothing(chip: Chip) -> None:
    rows = decoded(chip, lut(chip, nothing(SPEC.probe)))
    assert rows == {row: [(SPEC.probe, 0)] for row in ROWS}


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.name)
def test_colder_classes_drive_for_longer_and_have_fewer_flips(chip: Chip) -> None:
    classes = SPEC.classes_of(chip)
    assert [each.from_c for each in classes] == sorted((each.from_c for each in classes), reverse=True)
    turns = [each.turn for each in classes]
    assert turns == sorted(turns)
    assert turns[-1] > 1.9 * next(each.turn for each in classes if each.from_c == 25)
    assert {len(each.white) for each in classes if each.from_c >= 18} == {8}
    assert {len(each.white) for each in classes if each.from_c < 18} == {6}
    for each in classes:
        unit_ms, frame_ms = 1000 * each.unit / chip.hz, 1000 / chip.hz
        asked_ms = SPEC.film["unit_ms"] * SPEC.slower(each.from_c)
        most_ms = SPEC.classes["most_page_ms"] / len(each.white)
        assert unit_ms == pytest.approx(min(asked_ms, most_ms), abs=frame_ms / 2)


@pytest.mark.parametrize(
    ("white", "black"),
    [("++-+--", "+---+-"), ("+++---", "+-+-+"), ("--++-+", "+---++"), ("++-++-", "+---++")],
)
def test_units_with_charge_or_another_beginning_are_refused(white: str, black: str) -> None:
    with pytest.raises(ValueError, match=r"charge|first unit"):
        page(10, white, black)


def test_a_drive_that_does_not_fit_the_chip_is_refused() -> None:
    text = FILE.read_text(encoding="utf-8").replace("drive_ms = 240", "drive_ms = 400")
    spec = read(text)
    with pytest.raises(ValueError, match="pulses of"):
        spec.classes_of(spec.chips["SSD1683"])
