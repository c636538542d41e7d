"""test_contacts: contacts with bounce, held contacts, and contacts closed at the start."""
# SPDX-License-Identifier: MIT

from collections.abc import Callable

import pytest
from kesu_pad import events, keys


@pytest.fixture
def make(monkeypatch, ticks, doubles):
    monkeypatch.setattr(keys, "ticks_ms", ticks.read)

    class Bench:
        def __init__(self, level: int = 1, acts_at: int = 0, hold_ms: int = 0) -> None:
            self.pin = doubles.Pin(level)
            self.latches = events.Events()
            self.contact = keys.Contact(
                bytearray(1), self.pin, self.latches, events.WIPE_KEY, acts_at, hold_ms
            )
            self.contact.start()

        def at(self, ms: int, level: int | None = None) -> None:
            """Advance to `ms` with one turn of the loop each millisecond, then set the contact to `level`."""
            while ticks.ms < ms:
                ticks.ms += 1
                self.contact.step(ticks.read())
            if level is not None:
                self.pin.move(level)

        def took(self) -> list[int]:
            stamps = []
            while self.latches.take() != events.NONE:
                stamps.append(self.latches.when_ms)
            return stamps

    return Bench


def test_the_first_edge_acts_at_once(make) -> None:
    bench = make()
    assert bench.pin.hard
    bench.at(1100, 0)
    assert bench.took() == [1100]


def test_bounce_of_press_and_release_acts_once(make) -> None:
    bench = make()
    for ms, level in ((1100, 0), (1101, 1), (1103, 0), (1104, 1), (1106, 0)):
        bench.at(ms, level)
    assert bench.took() == [1100]
    for ms, level in ((1300, 1), (1301, 0), (1303, 1), (1305, 0), (1307, 1)):
        bench.at(ms, level)
    bench.at(1400)
    assert bench.took() == []
    bench.at(1500, 0)
    assert bench.took() == [1500]


def test_key_held_at_boot_acts_only_when_pressed_again(make) -> None:
    bench = make(level=0)
    bench.at(1100)
    bench.at(1200, 1)
    bench.at(1201, 0)
    bench.at(1202, 1)
    bench.at(1300)
    assert bench.took() == []
    bench.at(1400, 0)
    assert bench.took() == [1400]


def test_the_hook_acts_when_it_opens(make) -> None:
    bench = make(level=1, acts_at=1)
    for ms, level in ((1100, 0), (1102, 1), (1104, 0)):
        bench.at(ms, level)
    bench.at(1200)
    assert bench.took() == []
    bench.at(1300, 1)
    assert bench.took() == [1300]


def test_an_open_hook_input_never_acts(make) -> None:
    bench = make(level=1, acts_at=1)
    bench.at(3000)
    assert bench.took() == []


def test_hold_acts_only_after_its_full_time(make) -> None:
    bench = make(hold_ms=300)
    bench.at(1100, 0)
    bench.at(1300, 1)
    bench.at(2000)
    assert bench.took() == []
    bench.at(2100, 0)
    bench.at(2399)
    assert bench.took() == []
    bench.at(2400)
    assert bench.took() == [2400]
    bench.at(3000)
    assert bench.took() == []


def test_contact_returns_the_time_until_its_next_step(make) -> None:
    bench = make(hold_ms=300)
    assert bench.contact.left(1000, 500) == 500
    bench.at(1100, 0)
    assert bench.contact.left(1105, 500) == 15
    bench.at(1150)
    assert bench.contact.left(1150, 500) == 250
    assert bench.contact.left(1150, 40) == 40
    assert bench.contact.left(9999, 40) == 0


def test_contacts_are_stepped_only_while_one_moves(monkeypatch, ticks, doubles) -> None:
    monkeypatch.setattr(keys, "ticks_ms", ticks.read)

    class Board:
        def __init__(self) -> None:
            self.wipe_key, self.away_key, self.mode_key = doubles.Pin(), doubles.Pin(), doubles.Pin()
            self.hook, self.vbus = doubles.Pin(), doubles.Pin()

    board, latches = Board(), events.Events()
    contacts = keys.Contacts(board, latches, 0)
    contacts.start()
    stepped: list[int] = []
    for contact in contacts._all:

        def step(now_ms: int, step: Callable[[int], None] = contact.step) -> None:
            stepped.append(now_ms)
            step(now_ms)

        contact.step = step
    contacts.step(ticks.ms)
    assert stepped == []
    assert contacts.left(ticks.ms, 5_000) == 5_000
    board.mode_key.move(0)
    assert contacts.left(ticks.ms, 5_000) == keys.BOUNCE_MS
    for _ in range(100):
        ticks.ms += 1
        contacts.step(ticks.ms)
    assert len(stepped) == 5 * 100, "held: it may become a long press"
    board.mode_key.move(1)
    for _ in range(100):
        ticks.ms += 1
        contacts.step(ticks.ms)
    assert latches.take() == events.MODE
    assert len(stepped) < 5 * 125
    board.hook.move(0)
    assert latches.take() == events.HOOK_CLOSED
    ticks.ms += keys.BOUNCE_MS
    contacts.step(ticks.ms)
    board.hook.move(1)
    assert latches.take() == events.HOOK_OPEN
    board.vbus.move(0)
    assert latches.take() == events.POWER_LOST
    assert contacts.plug.acted
    ticks.ms += keys.BOUNCE_MS
    contacts.step(ticks.ms)
    assert contacts.plug.acted
    board.vbus.move(1)
    assert latches.take() == events.POWER_BACK
    ticks.ms += keys.BOUNCE_MS
    contacts.step(ticks.ms)
    assert not contacts.plug.acted
