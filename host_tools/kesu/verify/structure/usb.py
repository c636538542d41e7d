"""usb: checks the USB descriptors (USB 2.0 section 9.6, CDC 1.2): one serial function and nothing else."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kesu.emulator.usb.descriptors import ConfigurationDescriptor, parse_configuration
from kesu.spec.call_line import PRODUCT, VENDOR
from kesu.verify.outcome import Finding
from kesu.verify.structure.code import Code

CLASS_NAMES = {
    0x01: "audio",
    0x02: "serial line (CDC control)",
    0x03: "keyboard or other HID",
    0x08: "mass storage",
    0x0A: "serial data (CDC)",
    0xE0: "wireless",
    0xFF: "vendor specific",
}
ACM = (0x02, 0x02)
WANTED_CLASSES = (0x02, 0x0A)
_DEVICE_BYTES = 18
_INTERFACE, _INTERFACE_BYTES = 4, 9


class Host(Protocol):
    """Interface of a USB host that has enumerated the pad."""

    @property
    def descriptor(self) -> bytes: ...

    @property
    def configuration(self) -> ConfigurationDescriptor: ...

    @property
    def bulk_in_bytes(self) -> int: ...


@dataclass(frozen=True)
class Enumerated:
    """Data read by a USB host: the 18-byte device descriptor, the whole configuration, bytes on bulk IN."""

    device: bytes
    configuration: bytes
    bulk_in_bytes: int = 0

    @classmethod
    def of(cls, host: Host) -> Enumerated:
        """From a host that has enumerated the pad."""
        return cls(bytes(host.descriptor), host.configuration.raw, host.bulk_in_bytes)


def findings(code: Code, enumerated: Enumerated | None) -> list[Finding]:
    """USB IDs and functions of the device as enumerated, or else from the descriptors in the image."""
    if enumerated is None:
        return [_from_image(code)]
    found = described(enumerated)
    sent = enumerated.bulk_in_bytes
    detail = f"{sent:,} bytes came on bulk IN." if sent else "Not one byte came on bulk IN."
    return [*found, Finding("USB sends no data", not sent, detail)]


def described(enumerated: Enumerated) -> list[Finding]:
    """USB IDs and functions of the device, by its descriptors alone, as a PC can also read them from a real pad."""
    return [_number(enumerated.device), _functions(enumerated.configuration)]


def _number(device: bytes) -> Finding:
    rule = "USB number"
    if len(device) != _DEVICE_BYTES:
        return Finding(rule, False, "No device descriptor was read: the pad did not enumerate.")
    vendor, product = int.from_bytes(device[8:10], "little"), int.from_bytes(device[10:12], "little")
    holds = (vendor, product) == (VENDOR, PRODUCT)
    wanted = "" if holds else f", not {VENDOR:04X}:{PRODUCT:04X}"
    return Finding(rule, holds, f"The device enumerates as {vendor:04X}:{product:04X}{wanted}.")


def _functions(raw: bytes) -> Finding:
    rule = "USB functions"
    try:
        configuration = parse_configuration(raw)
    except (ValueError, IndexError) as error:
        return Finding(rule, False, f"The configuration descriptor is not valid: {error}.")
    classes = configuration.interface_classes
    if classes != WANTED_CLASSES or _pair(raw) != ACM:
        names = ", ".join(CLASS_NAMES.get(number, f"class 0x{number:02x}") for number in classes) or "nothing"
        return Finding(
            rule, False, f"The device offers {names}; a sealed pad offers one serial line (CDC-ACM) only."
        )
    return Finding(rule, True, "One serial line (CDC-ACM): no drive, no keyboard, no vendor interface.")


def _pair(raw: bytes) -> tuple[int, int]:
    """Class and subclass of the first interface."""
    position = 0
    while position + 1 < len(raw) and raw[position] >= 2:
        if raw[position + 1] == _INTERFACE and position + _INTERFACE_BYTES <= len(raw):
            return raw[position + 5], raw[position + 6]
        position += raw[position]
    return 0, 0


def _from_image(code: Code) -> Finding:
    """Findings from the descriptors in flash. The pad's two descriptors are bytes objects of the module callline."""
    rule = "USB descriptors in the image"
    number = VENDOR.to_bytes(2, "little") + PRODUCT.to_bytes(2, "little")
    flash = b"".join(segment.content for segment in code.segments)
    at = flash.find(number)
    while at >= 0:
        device = flash[at - 8 : at - 8 + _DEVICE_BYTES]
        if device[:2] == bytes([_DEVICE_BYTES, 1]):
            break
        at = flash.find(number, at + 1)
    if at < 0:
        return Finding(rule, False, f"No device descriptor {VENDOR:04X}:{PRODUCT:04X} is in the image.")
    for start in _configurations(flash):
        length = int.from_bytes(flash[start + 2 : start + 4], "little")
        result = _functions(flash[start : start + length])
        if result.holds:
            return Finding(rule, True, f"{VENDOR:04X}:{PRODUCT:04X}. {result.detail}")
    return Finding(rule, False, "No configuration with one serial line (CDC-ACM) is in the image.")


def _configurations(flash: bytes) -> list[int]:
    found, at = [], flash.find(b"\x09\x02")
    while at >= 0:
        if at + 9 <= len(flash) and flash[at + 4] == len(WANTED_CLASSES) and flash[at + 7] & 0x80:
            found.append(at)
        at = flash.find(b"\x09\x02", at + 1)
    return found
