"""test_search_chance: an absent needle is not found, and a present one is counted."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random

from kesu.verify import chance
from kesu.verify.notes import note

NOISE = random.Random(5).randbytes(1 << 15)


def _counts(blank: bytes, elsewhere: bytes) -> dict[str, tuple[int, int]]:
    measured = chance.measure(40, 2, [blank], [elsewhere])
    assert all(entry.needles > 100 for entry in measured.chances)
    return {entry.group: (entry.on_blank, entry.elsewhere) for entry in measured.chances}


def test_noise_holds_no_note() -> None:
    assert set(_counts(NOISE, NOISE[::-1]).values()) == {(0, 0)}


def test_a_needle_counts_unless_a_blank_pad_has_it() -> None:
    wanted = chance.drawn(note("kanji", 40))
    needle = int(wanted.bitmaps["row"][7]).to_bytes(8, "little")
    assert _counts(NOISE, NOISE + needle)["pictures"] == (0, 1)
    assert _counts(NOISE + needle, NOISE + needle)["pictures"] == (1, 0)


def test_the_summary_adds_up_the_measurements() -> None:
    one = chance.Chance("points", 10, 2, 1)
    assert chance.summary([one, one])["points"].startswith("20 needles of notes that no pad held: 4 occur")
