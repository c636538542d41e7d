"""test_screens_policy: pages draw what they say; the committed policy is the default."""
# SPDX-License-Identifier: MIT

from pathlib import Path

from kesu import geometry, pictures, policy, screens
from kesu.build.policy import policy_module, read_policy

FIRMWARE = Path(__file__).parents[3] / "firmware"


def shows(page: bytearray, x: int, y: int, picture: bytes, width: int) -> bool:
    stride = (width + 7) // 8
    for row in range(len(picture) // stride):
        for column in range(width):
            wanted = picture[row * stride + column // 8] >> (7 - column % 8) & 1
            there = page[(y + row) * 50 + (x + column) // 8] >> (7 - (x + column) % 8) & 1
            if wanted != there:
                return False
    return True


def test_ready_is_white_but_for_the_strip() -> None:
    page = bytearray(15000)
    screens.ready(page)
    strip = (geometry.HEIGHT - screens.STRIP_ROWS) * 50
    assert page[:strip] == b"\xff" * strip
    assert page[strip:] != b"\xff" * (15000 - strip)


def test_service_is_marked_in_its_profile_only(monkeypatch) -> None:
    plain = bytearray(15000)
    screens.ready(plain)
    monkeypatch.setattr(policy, "SERVICE", True)
    marked = bytearray(15000)
    screens.ready(marked)
    assert marked != plain


def test_fault_shows_its_code() -> None:
    width = pictures.DIGIT_0_WIDTH
    page = bytearray(15000)
    screens.fault(page, 42)
    left = geometry.WIDTH // 2 - width
    assert shows(page, left, 160, pictures.DIGIT_4, width)
    assert shows(page, left + width, 160, pictures.DIGIT_2, width)
    assert not shows(page, left, 160, pictures.DIGIT_2, width)


def test_digits_are_of_one_width() -> None:
    widths = {getattr(pictures, f"DIGIT_{digit}_WIDTH") for digit in range(10)}
    assert len(widths) == 1


def test_the_committed_policy_is_the_default_policy() -> None:
    generated = policy_module(read_policy(FIRMWARE / "policy.toml"))
    assert (FIRMWARE / "kesu" / "policy.py").read_text(encoding="utf-8") == generated
