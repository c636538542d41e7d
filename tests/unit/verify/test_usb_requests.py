"""test_usb_requests: what the generator of hostile requests makes, and what it excludes."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.verify.scenes import usb_requests
from kesu.verify.scenes.usb_requests import SET_ADDRESS, SET_CONFIGURATION, SET_LINE_STATE, TO_HOST

MANY = 20_000


def kinds(harmless: bool) -> set[tuple[int, int]]:
    made = usb_requests.requests(5, MANY, harmless=harmless)
    return {(setup[0], setup[1]) for setup, _ in made}


def test_a_seed_gives_the_same_requests() -> None:
    assert usb_requests.requests(5, 50) == usb_requests.requests(5, 50)
    assert usb_requests.requests(5, 50) != usb_requests.requests(6, 50)


def test_harmless_requests_keep_configuration_and_dtr() -> None:
    obeyed = {(kind & ~TO_HOST, number) for kind, number in kinds(harmless=True)}
    assert SET_CONFIGURATION not in obeyed
    assert SET_CONFIGURATION in {(kind & ~TO_HOST, number) for kind, number in kinds(harmless=False)}
    states = [s for s, _ in usb_requests.requests(5, MANY) if (s[0], s[1]) == SET_LINE_STATE]
    assert states
    assert all(setup[2] & 1 for setup in states)


def test_the_address_is_never_set_and_directions_are_reversed() -> None:
    found = kinds(harmless=False)
    assert SET_ADDRESS not in {(kind & ~TO_HOST, number) for kind, number in found}
    assert {(0x00, 0x06), (0x80, 0x06), (0x21, 0x20), (0xA1, 0x20)} <= found


def test_the_announced_amount_of_data_is_sent() -> None:
    for setup, data in usb_requests.requests(5, 500, harmless=False):
        announced = int.from_bytes(setup[6:8], "little")
        assert len(data) == (0 if setup[0] & TO_HOST else announced)


def test_valid_requests_are_among_them() -> None:
    made = {setup for setup, _ in usb_requests.requests(5, MANY, harmless=False)}
    for kind, number, *rest in usb_requests.SOUND:
        assert bytes([kind, number]) + b"".join(word.to_bytes(2, "little") for word in rest) in made
