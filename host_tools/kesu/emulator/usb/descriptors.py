"""descriptors: parses the parts of a configuration descriptor that the host model needs (USB 2.0 section 9.6)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

_INTERFACE = 4
_ENDPOINT = 5
_BULK = 2
_INTERRUPT = 3


@dataclass(frozen=True)
class ConfigurationDescriptor:
    """Endpoint numbers (without the direction bit) of the first CDC function, and every interface class."""

    raw: bytes
    value: int
    interface_classes: tuple[int, ...]
    control_interface: int
    notification_in: int | None
    bulk_in: int | None
    bulk_out: int | None

    @classmethod
    def empty(cls) -> ConfigurationDescriptor:
        return cls(b"", 0, (), 0, None, None, None)


def parse_configuration(raw: bytes) -> ConfigurationDescriptor:
    """Walk the descriptor; raises ValueError when it is cut short or an element has no length."""
    if len(raw) < 9 or len(raw) < int.from_bytes(raw[2:4], "little"):
        raise ValueError(f"configuration descriptor cut short: {raw.hex()}")
    classes: list[int] = []
    found: dict[tuple[int, bool], int] = {}
    control_interface: int | None = None
    position = 0
    while position < len(raw):
        length, kind = raw[position], raw[position + 1]
        if length < 2:
            raise ValueError(f"descriptor element without length at byte {position}")
        if kind == _INTERFACE:
            classes.append(raw[position + 5])
            if raw[position + 5] == 0x02 and control_interface is None:
                control_interface = raw[position + 2]
        elif kind == _ENDPOINT:
            address, attributes = raw[position + 2], raw[position + 3] & 0x3
            found.setdefault((attributes, bool(address & 0x80)), address & 0xF)
        position += length
    return ConfigurationDescriptor(
        raw=raw,
        value=raw[5],
        interface_classes=tuple(classes),
        control_interface=control_interface or 0,
        notification_in=found.get((_INTERRUPT, True)),
        bulk_in=found.get((_BULK, True)),
        bulk_out=found.get((_BULK, False)),
    )
