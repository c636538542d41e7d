"""native: the C module of the firmware (firmware/native). No function allocates."""
# SPDX-License-Identifier: MIT

from array import array
from typing import Callable, Union

_Buffer = Union[bytearray, memoryview, array]
_Readable = Union[bytes, bytearray, memoryview, array]

def own(kind: int, buffer: _Buffer) -> None:
    """Register a buffer that may hold ink and keep it alive.

    `kind`: 1 note, 2 frame, 3 touch ring, 4 driver scratch.
    ValueError: bad kind, buffer empty or registered already, or 16 buffers registered.
    """

def zero_owned() -> None:
    """Zero every registered buffer."""

def scrub() -> None:
    """Zero the free heap, the dead stack and the hardware divider. Call it from a shallow frame."""

def residue() -> int:
    """Count non-zero bytes in the registered buffers, the free heap and the dead stack.

    The 1,536 bytes of stack below the call's frame are skipped: the call and every interrupt write there.
    """

def stroke(frame: _Buffer, stride: int, x0: int, y0: int, x1: int, y1: int, width: int) -> None:
    """Ink a line with a round nib `width` pixels across (1..31), clipped. Coordinates within -4095..4095."""

def erase(frame: _Buffer, stride: int, x0: int, y0: int, x1: int, y1: int, width: int) -> None:
    """Draw a white stroke."""

def blank(buffer: _Buffer, start: int, end: int) -> None:
    """Make buffer[start:end] (in bytes) white."""

def invert(buffer: _Buffer, start: int, end: int) -> None:
    """Invert all pixels of bytes `start` to `end` - 1. Raises ValueError outside of the buffer."""

def copy(target: _Buffer, source: _Readable) -> None:
    """Copy the whole of `source` to `target`, which must be of the same size."""

def compose(target: _Buffer, under: _Readable, over: _Readable, start: int, end: int) -> int:
    """Ink in target[start:end] (in bytes) what is ink in `under` or in `over`; all three of one size.

    Returns how many pixels that changed.
    """

def enclose(frame: _Buffer, stride: int, way: array[int], count: int, row0: int, row1: int) -> bool:
    """Make the inside of a ring white: `way` holds its `count` points (at most 96), x and y in turn.

    Returns False and changes nothing unless `way` is a ring: it ends within 24 pixels of its start, is at
    least 32 pixels wide and high, and encloses 2/5 or more of its bounding rectangle, which rubbing back and
    forth does not.
    """

def blit(frame: _Buffer, stride: int, x: int, y: int, picture: _Readable, picture_width: int) -> None:
    """Copy a 1-bit picture, ink and white alike; its rows are padded to whole bytes. Clipped to the frame."""

def turn(strips: _Buffer, under: _Buffer, over: _Buffer, stride: int, row0: int, row1: int) -> int:
    """Convert rows row0..row1-1 (multiples of 8) of two frames (ink where either has ink) to strips of eight
    rows: one byte per column, low bit on top. Returns how many pixels of `strips` that changed.

    ValueError: rows outside the frame or not multiples of 8, or buffers of different length.
    """

def fill(buffer: _Buffer, value: int) -> None:
    """Set every byte of `buffer` to `value` (0..255)."""

def aim(
    shown: _Buffer, ages: _Buffer, under: _Readable, over: _Readable, start: int, end: int, pulses: int
) -> int:
    """Begin to change shown[start:end] (in bytes) to ink where `under` or `over` has ink; all three of one size.

    Each changed pixel needs `pulses` (1..7), which `ages`, three times as long, keeps in three planes of bits. A pixel
    that still needs some keeps its tone until it has had them. Returns twice the number of pixels that begin to
    change, plus 1 if others have to wait.
    """

def aim_turned(
    shown: _Buffer,
    ages: _Buffer,
    under: _Buffer,
    over: _Buffer,
    stride: int,
    row0: int,
    row1: int,
    pulses: int,
) -> int:
    """As `aim`, of rows row0..row1-1 (multiples of 8) of two frames; `shown` has strips of eight rows as by `turn`."""

def age(shown: _Buffer, ages: _Buffer, start: int, end: int) -> int:
    """The pixels of shown[start:end] that need pulses have had one; returns 1 if any needs more, else 0."""

def spi_old(spi_id: int, shown: _Buffer, ages: _Buffer, start: int, stop: int) -> None:
    """Send bytes start:stop of the panel's old plane: `shown` with the pixels inverted that still need pulses."""

def spi_write(spi_id: int, buffer: _Readable, start: int, stop: int) -> None:
    """Send buffer[start:stop] (in bytes) and return when the bus is idle. Interrupts stay on."""

def spi_fill(spi_id: int, value: int, count: int) -> None:
    """Send `value` `count` times (0..65536) and return when the bus is idle."""

def panel_open(spi_id: int, op: int) -> None:
    """Send a command to the panel; its data may follow. CS stays low."""

def panel_command(spi_id: int, op: int, value: int, count: int) -> None:
    """Send a command with `count` (0..4) bytes of data, the lowest of `value` first."""

def panel_read(op: int, bits: int) -> int:
    """Send a command to the panel, slowly, and return the first `bits` (1..16) of its answer."""

def wait(from_ms: int, limit_ms: int) -> None:
    """Sleep until an interrupt, or the beginning of the millisecond that is `limit_ms` (0..600000) after
    ticks `from_ms`; scheduled callbacks run here. May return early.

    RuntimeError: the stack was nearly used up since the last scrub.
    """

def bus_silent() -> bool:
    """Return whether a bus that was alive has had no frame for 3 ms: the PC sleeps, or the cable is out."""

def may_charge() -> bool:
    """Return whether USB grants the current of the charger: a host has configured the pad and its bus is not silent, or
    none has sent a request since power-on, as on a charger."""

def cell() -> int:
    """Return the voltage of the hold-up cell in millivolts, or -1 if nothing is connected to GP26. Takes 40 us."""

def on_usb(lost: Callable[[], None], waits: Callable[[], bool]) -> None:
    """Call `lost` when DTR drops, the bus is reset or asleep, or the host was cut off after a flood. Pass
    nothing from USB to its callbacks while `waits` returns True. Neither is called in an interrupt.
    """

def usb_hold(holds: bool) -> None:
    """Hold back what comes over USB while the loop handles events, for 40 ms at most."""

def usb_from(ms: int) -> None:
    """Set the ticks of the state that the next notification reports (at most 2 s off); it is sent relative
    to that."""

def linked() -> bool:
    """Return whether a PC holds the call line: DTR is set, and the line was not lost since."""

def policy(number: int) -> int:
    """Return setting `number` of the policy block (host_tools/kesu/spec/policy.toml), or its strictest value if
    the block is invalid. ValueError: no such setting."""

def policy_valid() -> bool:
    """Return whether the policy block of the image is valid."""

def policy_crc(high: bool) -> int:
    """Return the high or the low 16 bits of the checksum of the policy block."""
