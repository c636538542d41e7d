"""test_callline: descriptors, DTR, call bytes, and the three modem bits."""
# SPDX-License-Identifier: MIT

import pytest
from kesu_pad import callline, events, policy, signs


@pytest.fixture
def line(doubles):
    usb = doubles.Usb()
    sink = doubles.Sink()
    made = callline.CallLine(usb, sink)
    made.start()
    made.bench = usb
    made.posted = sink.posted
    return made


def control(line, number: int, value: int = 0, stage: int = 1, kind: int = 0x21, length: int = 0):
    request = bytes([kind, number, value & 255, value >> 8, 0, 0, length, 0])
    return line.bench.control(stage, memoryview(request))


def receive(line, data: bytes, result: int = 0) -> None:
    line._out.obj[: len(data)] = data
    line.bench.transferred(0x02, result, len(data))


def heard(line) -> list[int]:
    """The events that the loop gets from a packet, in as many turns as needed."""
    meant = []
    while True:
        while event := line.next():
            meant.append(event)
        if line._position == line._count:
            return meant


def states(line) -> list[int]:
    return [sent[8] for endpoint, _, sent in line.bench.transfers if endpoint == 0x81]


def descriptors(blob: bytes) -> list[bytes]:
    parts = []
    while blob:
        parts.append(blob[: blob[0]])
        assert len(parts[-1]) == blob[0]
        blob = blob[blob[0] :]
    return parts


def test_descriptors_are_whole_and_name_cdc_acm(line) -> None:
    assert len(callline.DEVICE) == callline.DEVICE[0] == 18
    assert callline.DEVICE[8:12] == b"\x09\x12\x01\x00"
    parts = descriptors(callline.CONFIGURATION)
    assert int.from_bytes(parts[0][2:4], "little") == len(callline.CONFIGURATION)
    assert parts[1][1] == 0x0B
    interfaces = [part for part in parts if part[1] == 4]
    assert [(part[2], part[4], part[5]) for part in interfaces] == [(0, 1, 2), (1, 2, 10)]
    endpoints = {part[2]: (part[3], int.from_bytes(part[4:6], "little")) for part in parts if part[1] == 5}
    assert endpoints == {0x81: (3, 16), 0x02: (2, 8), 0x82: (2, 64)}
    assert line.bench.builtin_driver == line.bench.BUILTIN_NONE
    assert line.bench.on


def test_unknown_string_index_returns_none(line) -> None:
    assert line.bench.strings[2] == "Kesu pad"
    assert line.bench.strings[0xEE] is None


@pytest.mark.parametrize("dtr", [0, 1])
def test_line_state_request_is_accepted_without_an_event(line, dtr: int) -> None:
    """The controller's interrupt handles DTR (native/usb_events.c)."""
    assert control(line, 0x22, dtr) is True
    assert control(line, 0x22, dtr, stage=3) is True
    assert line.posted == []


def test_lost_line_posts_line_lost(line, native) -> None:
    native.lose()
    assert line.posted == [events.LINE_LOST]


def test_bus_reset_posts_line_lost(line) -> None:
    line.bench.reset()
    assert line.posted == [events.LINE_LOST]


def test_usb_waits_while_an_event_may_end_the_note_but_not_for_a_fault(line, native) -> None:
    line.starting = False
    assert not native.usb_waits()
    line._sink.is_urgent = True
    assert native.usb_waits()
    line.show(callline.RI, 1_000)
    assert not native.usb_waits(), "no events are taken while a fault is shown"


def test_usb_waits_at_a_start_but_not_for_a_fault(line, native) -> None:
    assert native.usb_waits()
    line.show(callline.RI, 1_000)
    assert not native.usb_waits()


def test_notification_is_timed_from_the_moment_it_reports(line, native) -> None:
    line.bench.opened(None)
    native.calls.clear()
    line.show(callline.DSR, 1_234)
    assert native.calls == ["from 1234"]


def test_call_bytes_become_events_in_order_and_others_are_counted(line) -> None:
    line.bench.opened(None)
    found = []
    for packet in (b"pRTHWEAK", b"PpMm?P\x00"):
        receive(line, packet)
        assert line.posted == [events.BYTES]
        line.posted.clear()
        found += heard(line)
    assert found == [
        events.PAID,
        events.RING,
        events.TALK,
        events.TALK,
        events.WRAP_UP,
        events.CALL_ENDED,
        events.AWAY,
        events.LOCKED,
        events.PAYMENT,
        events.PAID,
        events.PAYMENT,
    ]
    assert line.ignored == 2


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"M", signs.MUTED),
        (b"Mm", 0),
        (b"HM", signs.MUTED | signs.HELD),
        (b"HMT", signs.MUTED),
        (b"HMm", signs.HELD),
        (b"HME", 0),
        (b"HMR", 0),
        (b"HMW", 0),
        (b"HMK?", signs.MUTED | signs.HELD),
    ],
)
def test_signs_follow_the_last_bytes_and_end_with_the_call(line, native, said: bytes, shown: int) -> None:
    line.bench.opened(None)
    receive(line, said)
    heard(line)
    assert line.signs == shown
    native.lose()
    assert line.signs == 0


def test_a_packet_is_read_in_one_turn_of_the_loop(line) -> None:
    """Otherwise the loop would need so many turns for a packet that the pad is not ready for the next at its tick."""
    line.bench.opened(None)
    receive(line, b"zzzzzzzE")
    assert line.next() == events.CALL_ENDED
    assert line.next() == events.NONE
    assert line.posted == [events.BYTES]


def test_a_packet_longer_than_allowed_is_cut_off(line) -> None:
    """TinyUSB copies all that was received, so the buffer has room for it."""
    line.bench.opened(None)
    receive(line, b"zzzzzzzzE" + bytes(55))
    assert heard(line) == []
    assert line.ignored == 8


def test_lost_line_drops_the_rest_of_the_packet(line, native) -> None:
    line.bench.opened(None)
    receive(line, b"RP")
    assert line.next() == events.RING
    native.lose()
    assert heard(line) == []


def test_a_failed_transfer_is_not_read(line) -> None:
    line.bench.opened(None)
    receive(line, b"E", result=1)
    assert heard(line) == []
    receive(line, b"E")
    assert heard(line) == [events.CALL_ENDED]


def test_next_packet_is_requested_after_the_last_byte(line) -> None:
    line.bench.opened(None)

    def armed() -> int:
        return [endpoint for endpoint, _, _ in line.bench.transfers].count(0x02)

    receive(line, b"TE")
    assert (line.next(), armed()) == (events.TALK, 1)
    assert (line.next(), armed()) == (events.CALL_ENDED, 1)
    assert (line.next(), armed()) == (events.NONE, 2)
    assert (line.next(), armed()) == (events.NONE, 2)


def test_busy_endpoint_after_a_new_configuration_is_no_fault(line, monkeypatch) -> None:
    handed_over = line.bench.submit_xfer

    def busy(_endpoint: int, _buffer: bytearray) -> bool:
        monkeypatch.setattr(line.bench, "submit_xfer", handed_over)
        line.bench.opened(None)
        raise OSError(16)

    line.bench.opened(None)
    line.bench.transferred(0x81, 0, 10)
    monkeypatch.setattr(line.bench, "submit_xfer", busy)
    line.show(callline.DSR, 0)
    assert [endpoint for endpoint, _, _ in line.bench.transfers].count(0x02) == 2
    assert line.posted == []


def test_busy_endpoint_without_a_new_configuration_is_a_fault(line, monkeypatch) -> None:
    def busy(_endpoint: int, _buffer: bytearray) -> bool:
        raise OSError(16)

    line.bench.opened(None)
    line.bench.transferred(0x81, 0, 10)
    monkeypatch.setattr(line.bench, "submit_xfer", busy)
    with pytest.raises(OSError, match="16"):
        line.show(callline.DSR, 0)


def test_line_coding_can_be_set_and_read_back(line) -> None:
    scratch = control(line, 0x20, length=7)
    scratch[:] = b"\x80\x25\x00\x00\x00\x00\x08"
    assert control(line, 0x20, stage=2, length=7) is True
    assert control(line, 0x21, kind=0xA1) == b"\x80\x25\x00\x00\x00\x00\x08"


def test_requests_of_the_wrong_length_are_refused(line) -> None:
    for length in (0, 6, 8, 64):
        assert control(line, 0x20, length=length) is False
    assert len(control(line, 0x20, length=7)) == 7
    assert control(line, 0x22, 1, length=1) is False
    assert control(line, 0x23, 1, length=2) is False


def test_line_coding_buffer_holds_a_packet_longer_than_announced(line) -> None:
    assert len(control(line, 0x20, length=7).obj) == 64


def test_break_is_accepted_and_unknown_requests_stall(line) -> None:
    assert control(line, 0x23, 0xFFFF) is True
    assert control(line, 0x05) is False
    assert control(line, 0x05, kind=0xA1) is False
    assert control(line, 0x22, 1, kind=0x41) is False


def test_modem_bits_are_sent_when_host_and_endpoint_are_ready(line) -> None:
    line.show(callline.DSR, 0)
    assert states(line) == []
    line.bench.opened(None)
    assert states(line) == [callline.DSR]
    line.show(callline.DCD, 0)
    line.show(0, 0)
    assert states(line) == [callline.DSR]
    line.bench.transferred(0x81, 0, 10)
    assert states(line) == [callline.DSR, 0]
    line.bench.transferred(0x81, 0, 10)
    line.show(0, 0)
    assert states(line) == [callline.DSR, 0]


def test_reopened_line_sends_the_modem_bits_again(line) -> None:
    line.bench.opened(None)
    line.show(callline.DSR, 0)
    line.bench.reset()
    line.bench.opened(None)
    assert states(line)[-1] == callline.DSR


def test_bulk_in_is_never_armed(line) -> None:
    line.bench.opened(None)
    for bits in (callline.DSR, callline.DCD, 0, callline.RI):
        line.show(bits, 0)
        line.bench.transferred(0x81, 0, 10)
    receive(line, bytes(range(64)))
    endpoints = {endpoint for endpoint, _, _ in line.bench.transfers}
    assert endpoints == {0x81, 0x02}


@pytest.mark.parametrize(
    ("said", "in_call"),
    [
        (b"T", True),
        (b"H", True),
        (b"TH", True),
        (b"TMm", True),
        (b"TPp", True),
        (b"T?", True),
        (b"", False),
        (b"M", False),
        *((b"T" + ending, False) for ending in (b"E", b"R", b"W", b"A", b"K")),
    ],
)
def test_talk_and_hold_are_a_call_until_the_line_says_otherwise_or_is_lost(
    line, native, said: bytes, in_call: bool
) -> None:
    line.bench.opened(None)
    receive(line, said)
    heard(line)
    assert line.in_call == in_call
    native.lose()
    assert not line.in_call


@pytest.mark.parametrize("expected", [0, 1])
def test_a_line_that_is_down_has_a_sign_if_it_is_expected(line, native, monkeypatch, expected: int) -> None:
    monkeypatch.setattr(policy, "LINE_EXPECTED", expected)
    monkeypatch.setattr(native, "line_up", [False])
    assert line.unlinked() == (signs.UNLINKED if expected else 0)
    native.line_up[0] = True
    assert line.unlinked() == 0
