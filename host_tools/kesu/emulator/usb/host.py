"""host: model of the PC: enumerates the pad, sends data when there is any, counts every byte from the pad.

Driven by callbacks of the emulated controller. It completes an OUT transfer only when it has data:
completing it at once with empty packets would keep the device in an interrupt storm.
Timing and requests: USB 2.0 sections 7.1.7, 9.4; CDC PSTN 1.2 section 6 (line state, SERIAL_STATE).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from rp2040py.peripherals import usb

from kesu.emulator.core.clock import NS_PER_MS, Alarm, Clock
from kesu.emulator.usb.controller import UsbController
from kesu.emulator.usb.descriptors import ConfigurationDescriptor
from kesu.emulator.usb.enumeration import Enumeration
from kesu.emulator.usb.messages import ControlTransfer, Notification, SerialState, words
from kesu.spec.call_line import MODEM_BITS

# USB 2.0 table 7-14: TATTDB (100 ms of debounce), TRSTRCY (10 ms after a reset).
_ATTACH_DEBOUNCE_NS = 100 * NS_PER_MS
_RESET_RECOVERY_NS = 10 * NS_PER_MS
# Linux, drivers/usb/core/hub.c: a request has 5 s, and a device that does not enumerate is reset and tried again.
_PATIENCE_NS = 5_000 * NS_PER_MS
_RETRIES = 3
# 7.1.7.6: a device sees a suspend after 3 ms without bus activity.
_SUSPEND_NS = 3 * NS_PER_MS

# Long enough for the emulated controller to complete a status stage (its transfers take 10 us).
_STATUS_STAGE_NS = 20_000


class UsbHost:
    """The PC. `attach()` connects the data lines; the rest happens as emulated time passes.

    Without `attach()` the pad is on a charger: powered, never enumerated. Counters cover the whole life of the
    virtual pad. `bytes_in`: by endpoint number; `bulk_in_bytes`: sum over all bulk IN endpoints; `received`:
    their bytes (the console of a service image); `bytes_unseen`: bytes sent while no cable was connected;
    `taken_ns`: times at which the pad accepted a packet of bulk OUT. `queued_bytes`, `taken_bytes`: how many bytes
    `write` has queued, and how many of them the pad has accepted.
    """

    def __init__(self, controller: UsbController, clock: Clock) -> None:
        self._controller = controller
        self._clock = clock
        self.heard: list[Callable[[str, int, bytes], None]] = []
        """Called for whatever the pad does on the bus: "sent", "accepts", "stalled", "pull-up" or "closed", with the
        endpoint and the bytes."""
        controller.host = self
        controller.on_reset_received = self._bus_reset_seen
        controller.on_endpoint_write = self._device_sent
        controller.on_endpoint_read = self._device_listens
        self.attached = False
        self.suspended = False
        self.bytes_in: Counter[int] = Counter()
        self._notification_in: int | None = None
        self.bytes_unseen = 0
        self.taken_ns: list[int] = []
        self.queued_bytes = 0
        self.taken_bytes = 0
        self.received = bytearray()
        self.notifications: list[Notification] = []
        self.resets = 0
        self._forget_device()

    def _forget_device(self) -> None:
        self.serial_state = SerialState()
        self.dtr = False
        self.rts = False
        self._present = False
        self._active: ControlTransfer | None = None
        self._queue: deque[ControlTransfer] = deque()
        self._enumeration = Enumeration()
        self._out_data: dict[int, bytearray] = {}
        self._out_waiting: dict[int, int] = {}
        self._notification = bytearray()
        self._alarms: list[Alarm] = []
        self._retries = 0

    @property
    def enumerated(self) -> bool:
        """Whether enumeration is complete."""
        return self._enumeration.complete

    @property
    def descriptor(self) -> bytes:
        """The device descriptor; empty until it has been read."""
        return self._enumeration.descriptor

    @property
    def configuration(self) -> ConfigurationDescriptor:
        """The configuration descriptor; empty until it has been read."""
        return self._enumeration.configuration

    @property
    def bulk_in_bytes(self) -> int:
        """All bytes on endpoints other than 0 and the notification endpoint. The number of the latter is in the
        descriptors, which may be read after a byte has arrived, so the sum is computed here."""
        silent = (0, self._notification_in)
        return sum(count for number, count in self.bytes_in.items() if number not in silent)

    @property
    def unheard(self) -> int:
        """Bytes for bulk OUT that the pad has not accepted yet."""
        return sum(map(len, self._out_data.values()))

    def attach(self) -> None:
        """Connect the data lines; enumeration follows about 120 ms later, and again after resets."""
        if self.attached:
            return
        self.attached = True
        self.pull_up_changed(self._controller.pulled_up)

    def detach(self) -> None:
        """Disconnect the data lines. A pad on hold-up sees a suspend 3 ms later."""
        if not self.attached:
            return
        self.attached = False
        was_present = self._present
        self.device_vanished()
        if was_present:
            self._later(_SUSPEND_NS, lambda: self._controller.signal(usb.SIE_SUSPENDED))

    def suspend(self) -> None:
        """The PC sleeps: no more frames; the pad sees a suspend after 3 ms."""
        self.suspended = True
        self._later(_SUSPEND_NS, lambda: self._controller.signal(usb.SIE_SUSPENDED))

    def resume(self) -> None:
        """The PC wakes and drives resume on the bus."""
        self.suspended = False
        self._controller.signal(usb.SIE_RESUME)
        self._next_control()

    def bus_reset(self) -> None:
        """Reset the bus under the device, as a restarting driver or hub does; enumeration follows."""
        if not self._present:
            raise ValueError("no pad on the bus: attach() and wait until it is enumerated")
        present = self._present
        self.device_vanished()
        self._present = present
        self._drive_reset()

    def set_dtr(self, high: bool) -> None:
        """Open or close the port: SET_CONTROL_LINE_STATE, bit 0."""
        self.dtr = high
        self._send_line_state()

    def set_rts(self, high: bool) -> None:
        """SET_CONTROL_LINE_STATE, bit 1."""
        self.rts = high
        self._send_line_state()

    def send_break(self, duration_ms: int = 100) -> ControlTransfer:
        """SEND_BREAK with a duration in ms (0xFFFF: until the next SEND_BREAK, 0: end)."""
        return self.control(bytes([0x21, 0x23]) + words(duration_ms, self.configuration.control_interface, 0))

    def write(self, data: bytes) -> None:
        """Queue bytes for the bulk OUT endpoint; they are sent when the pad accepts them."""
        endpoint = self.configuration.bulk_out
        if endpoint is None:
            raise ValueError("the pad has no bulk OUT endpoint, or is not enumerated yet")
        self._out_data.setdefault(endpoint, bytearray()).extend(data)
        self.queued_bytes += len(data)
        self._feed(endpoint)

    def drop_queued(self) -> None:
        """Take back all bytes of `write` that the pad has not accepted."""
        self.queued_bytes = self.taken_bytes
        self._out_data.clear()

    def control(self, setup: bytes, data: bytes = b"") -> ControlTransfer:
        """Queue a control transfer (8 bytes of setup); run the pad until its `done` is true."""
        if len(setup) != 8:
            raise ValueError(f"a setup packet has 8 bytes, not {len(setup)}")
        transfer = ControlTransfer(bytes(setup), bytes(data))
        self._queue.append(transfer)
        self._next_control()
        return transfer

    def give_up(self, transfer: ControlTransfer) -> None:
        """Time out a transfer and start the next one, which a device has to accept (USB 2.0 section 8.5.3.4)."""
        if self._active is transfer:
            self._finish_control()

    # What the pad does -----------------------------------------------------------------------------

    def pull_up_changed(self, pulled_up: bool) -> None:
        """Called on writes to SIE_CTRL: a device signals its presence by pulling up D+."""
        self._hear("pull-up", 0, bytes((pulled_up,)))
        if not self.attached or pulled_up == self._present:
            return
        if not pulled_up:
            self.device_vanished()
            return
        self._present = True
        self._later(_ATTACH_DEBOUNCE_NS, self._drive_reset)

    def device_vanished(self) -> None:
        """The pad was reset, lost power or released D+: an open port and its line state are lost."""
        for alarm in self._alarms:
            alarm.cancel()
        self._forget_device()

    def control_stalled(self) -> None:
        """The pad stalled the present control transfer."""
        self._hear("stalled", 0, b"")
        # A device stalls both directions of endpoint 0, one after the other: the second has no effect.
        if self._active is not None and not self._active.stalled:
            self._active.stalled = True
            self._later(_STATUS_STAGE_NS, self._finish_control)

    def endpoint_closed(self, endpoint: int) -> None:
        """The pad closed an OUT endpoint: packets for it get no handshake and stay in the host's queue."""
        self._hear("closed", endpoint, b"")
        self._out_waiting.pop(endpoint, None)

    def _drive_reset(self) -> None:
        self.resets += 1
        self._controller.reset_device()

    def _bus_reset_seen(self) -> None:
        if not self.attached:
            return
        # The reset ended all transfers.
        self._active = None
        self._queue.clear()
        begun = self._enumeration = Enumeration()
        self._later(_RESET_RECOVERY_NS, self._enumerate_on)
        self._later(_PATIENCE_NS, lambda: self._retry(begun))

    def _retry(self, begun: Enumeration) -> None:
        """Reset the bus once more if this enumeration was neither completed nor replaced by another."""
        if (
            begun is self._enumeration
            and not begun.complete
            and not self.suspended
            and self._retries < _RETRIES
        ):
            self._retries += 1
            self._drive_reset()

    def _enumerate_on(self) -> None:
        step = self._enumeration.next()
        if step is not None:
            self._queue.append(step)
            self._next_control()

    def _enumeration_step(self) -> None:
        pause_ns = self._enumeration.answered()
        if self._enumeration.complete:
            self._retries = 0
        self._notification_in = self.configuration.notification_in or self._notification_in
        if pause_ns:
            self._later(pause_ns, self._enumerate_on)
        else:
            self._enumerate_on()

    def _next_control(self) -> None:
        if self._active is None and self._queue and self._present and not self.suspended:
            self._active = self._queue.popleft()
            self._controller.send_setup_packet(self._active.setup)

    def _finish_control(self) -> None:
        transfer, self._active = self._active, None
        if transfer is None:
            return
        transfer.done = True
        transfer.done_ns = self._clock.now_ns
        # A transfer requested by a caller is not a step of the enumeration.
        if transfer is self._enumeration.step and not transfer.stalled:
            self._enumeration_step()
        self._next_control()

    def _device_sent(self, endpoint: int, data: bytes | bytearray) -> None:
        if not self.attached:
            # The emulated controller reports every armed IN buffer as sent, although no host was connected.
            self.bytes_unseen += len(data)
            self._hear("sent", endpoint, bytes(data))
            return
        self.bytes_in[endpoint] += len(data)
        if endpoint == 0:
            self._control_in(data)
        elif endpoint == self._notification_in:
            self._notified(data)
        else:
            self.received.extend(data)
        self._hear("sent", endpoint, bytes(data))

    def _hear(self, what: str, endpoint: int, data: bytes) -> None:
        for listener in self.heard:
            listener(what, endpoint, data)

    def _control_in(self, data: bytes | bytearray) -> None:
        transfer = self._active
        if transfer is None:
            return
        if not transfer.reads:
            self._finish_control()
            return
        transfer.data.extend(data)

    def _device_listens(self, endpoint: int, size: int) -> None:
        self._hear("accepts", endpoint, size.to_bytes(2, "little"))
        if endpoint == 0:
            self._control_out(size)
            return
        self._out_waiting[endpoint] = size
        self._feed(endpoint)

    def _control_out(self, size: int) -> None:
        transfer = self._active
        if transfer is None or not self.attached:
            return
        if transfer.reads:
            self._controller.endpoint_read_done(0, b"")
            self._later(_STATUS_STAGE_NS, self._finish_control)
            return
        chunk = transfer.out[transfer.sent : transfer.sent + size]
        transfer.sent += len(chunk)
        self._controller.endpoint_read_done(0, chunk)

    def _feed(self, endpoint: int) -> None:
        waiting = self._out_data.get(endpoint)
        if not waiting or endpoint not in self._out_waiting or not self.attached or self.suspended:
            return
        size = self._out_waiting.pop(endpoint)
        packet = bytes(waiting[:size])
        del waiting[:size]
        self.taken_ns.append(self._clock.now_ns)
        self.taken_bytes += len(packet)
        self._controller.endpoint_read_done(endpoint, packet)

    def _notified(self, data: bytes | bytearray) -> None:
        self._notification.extend(data)
        while len(self._notification) >= 8:
            total = 8 + int.from_bytes(self._notification[6:8], "little")
            if len(self._notification) < total:
                return
            message, self._notification = self._notification[:total], self._notification[total:]
            self.notifications.append(Notification(self._clock.now_ns, message[1], bytes(message[8:])))
            if message[1] == 0x20 and total >= 10:
                bits = int.from_bytes(message[8:10], "little")
                self.serial_state = SerialState(
                    bool(bits & MODEM_BITS["DCD"]),
                    bool(bits & MODEM_BITS["DSR"]),
                    bool(bits & MODEM_BITS["RI"]),
                    bits,
                )

    def _send_line_state(self) -> None:
        if not self._present:
            raise ValueError("no pad on the bus: attach() and wait until it is enumerated")
        value = int(self.dtr) | int(self.rts) << 1
        self.control(bytes([0x21, 0x22]) + words(value, self.configuration.control_interface, 0))

    def _later(self, delay_ns: int, action: Any) -> None:
        self._alarms.append(self._clock.after(delay_ns, action))
