"""test_app_callline: bytes from the host, in the whole firmware."""
# SPDX-License-Identifier: MIT

import pytest
from app_pad import cause_wipe_key, say
from kesu_pad import callline, keys, memo, policy, screens, session


def test_bytes_of_a_packet_act_in_order(pad) -> None:
    pad.boot()
    for said, state in (
        (b"pP", session.PAYMENT),
        (b"PEPp", session.READY),
        (b"AE", session.READY),
        (b"EA", session.AWAY),
        (b"RTE?HMWT", session.READY),
        (b"MWTER", session.READY),
    ):
        say(pad, said)
        pad.run(policy.READY_AFTER_MS + 1)
        assert pad.state == state, said


def test_ring_wipes_the_note_of_the_last_call(pad, native) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(20)
    assert native.residue() > 0
    say(pad, b"R")
    pad.run(1)
    assert pad.state == session.WIPING
    assert native.residue() == 0


def signs_area(pad) -> bytes:
    rows = range(memo.STRIP_Y + 15, memo.STRIP_Y + 27)
    left, right = screens._MUTE_X // 8, (screens._HOLD_X + 12) // 8
    return b"".join(bytes(pad.app._panel.new[row * 50 + left : row * 50 + right]) for row in rows)


def test_signs_are_drawn_and_removed_without_changing_ink(pad) -> None:
    pad.boot()
    blank = signs_area(pad)
    assert set(blank) == {0xFF}
    say(pad, b"M")
    pad.run(500)
    muted = signs_area(pad)
    assert muted != blank
    assert pad.state == session.READY
    assert pad.bits == callline.DSR
    pad.touch(100, 100, 1)
    pad.run(1_000)
    assert signs_area(pad) == muted
    inked = bytes(pad.app._panel.new[: memo.STRIP_Y * 50])
    say(pad, b"H")
    pad.run(500)
    assert signs_area(pad) not in (blank, muted)
    say(pad, b"Tm")
    pad.run(500)
    assert signs_area(pad) == blank
    assert bytes(pad.app._panel.new[: memo.STRIP_Y * 50]) == inked


def test_mute_sign_survives_the_wipe_key_but_not_the_end_of_the_call(pad) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    say(pad, b"M")
    pad.run(1_000)
    muted = signs_area(pad)
    cause_wipe_key(pad)
    pad.run(policy.READY_AFTER_MS + 500)
    assert signs_area(pad) == muted
    say(pad, b"E")
    pad.run(policy.READY_AFTER_MS + 500)
    assert set(signs_area(pad)) == {0xFF}


def test_continuous_traffic_delays_neither_ink_nor_wipe(pad, native) -> None:
    pad.boot()
    submit = pad.board.usb_device.submit_xfer

    def flood(endpoint: int, buffer: bytearray) -> bool:
        done = submit(endpoint, buffer)
        if endpoint == 0x02:
            say(pad, b"TpmT" * 16)
        return done

    pad.board.usb_device.submit_xfer = flood
    say(pad, b"T")
    for step in range(50):
        pad.touch(100 + step, 100)
        pad.run(10)
    assert pad.app._sampler.count() == 0
    assert pad.state == session.WRITING
    pad.run(1_000)
    assert bytes(pad.app._panel.new) == bytes(pad.app._memo.shown)
    assert pad.app._panel.new[100 * 50 + 12 : 100 * 50 + 18] != b"\xff" * 6
    cause_wipe_key(pad)
    pad.run(keys.BOUNCE_MS)
    assert native.residue() == 0
    pad.run(policy.READY_AFTER_MS)
    assert pad.state == session.READY


@pytest.mark.parametrize("drawn", [False, True])
def test_a_lost_line_has_its_sign_from_the_wipe_or_from_the_first_ink(
    pad, native, monkeypatch, drawn: bool
) -> None:
    """A wipe that has drawn its page is not followed by a refresh of its own: nothing stays in the pen's state."""
    monkeypatch.setattr(native, "line_up", [True])
    pad.boot()
    blank = signs_area(pad)
    cause_wipe_key(pad)
    pad.run(policy.READY_AFTER_MS - 100 if drawn else 20)
    native.line_up[0] = False
    native.lose()
    pad.run(policy.READY_AFTER_MS + 1_000)
    assert pad.state == session.READY
    assert (signs_area(pad) == blank) == drawn
    assert not any(pad.app._memo.pen)
    pad.touch(100, 100, 1)
    pad.run(1_000)
    assert signs_area(pad) != blank
    native.line_up[0] = True
    pad.run(1_000)
    assert signs_area(pad) == blank
