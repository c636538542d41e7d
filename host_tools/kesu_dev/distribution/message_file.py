"""message_file: kesu-messages.dll, the texts of the agent's events in English and Japanese, as Windows reads them.

A library without code: the event viewer loads it as data and looks for an event's number in its message table, in the
language of the viewer. Layouts: Microsoft's "PE Format" (headers, the .rsrc section), MESSAGE_RESOURCE_DATA,
MESSAGE_RESOURCE_BLOCK and MESSAGE_RESOURCE_ENTRY (winnt.h), RT_MESSAGETABLE = 11 (winuser.h).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from kesu.agent.windows.events import EVENTS, Event

NAME = "kesu-messages.dll"
LANGUAGES = {"en": 0x0409, "ja": 0x0411}
"""LANGID of English (United States) and Japanese (Japan)."""
RT_MESSAGETABLE = 11
UNICODE = 1
FILE_ALIGNMENT, SECTION_ALIGNMENT = 0x200, 0x1000
SECTION_AT = SECTION_ALIGNMENT
HEADERS = 0x200
_DIRECTORY = struct.Struct("<IIHHHH")
_ENTRY = struct.Struct("<II")
_DATA = struct.Struct("<IIII")
_SUBDIRECTORY = 0x80000000


def message_table(events: Sequence[Event], language: str) -> bytes:
    """The message table in one language: blocks of consecutive numbers, then their texts."""
    texts = {event.identifier: getattr(event, language) for event in events}
    runs: list[list[int]] = []
    for number in sorted(texts):
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    blocks, entries = bytearray(), bytearray()
    begin = 4 + 12 * len(runs)
    for run in runs:
        blocks += struct.pack("<III", run[0], run[-1], begin + len(entries))
        for number in run:
            text = f"{texts[number]}\r\n\0".encode("utf-16-le")
            text += bytes(-len(text) % 4)
            entries += struct.pack("<HH", 4 + len(text), UNICODE) + text
    return struct.pack("<I", len(runs)) + bytes(blocks + entries)


def resources(tables: Mapping[int, bytes], at: int) -> bytes:
    """The .rsrc section: type, then name 1, then languages; `at`: its address in the image."""
    head = 2 * (_DIRECTORY.size + _ENTRY.size) + _DIRECTORY.size + _ENTRY.size * len(tables)
    content = bytearray()
    for name, next_at in ((RT_MESSAGETABLE, 24), (1, 48)):
        content += _DIRECTORY.pack(0, 0, 0, 0, 0, 1) + _ENTRY.pack(name, _SUBDIRECTORY | next_at)
    content += _DIRECTORY.pack(0, 0, 0, 0, 0, len(tables))
    described, data = bytearray(), bytearray()
    begin = head + _DATA.size * len(tables)
    for index, (language, table) in enumerate(sorted(tables.items())):
        content += _ENTRY.pack(language, head + _DATA.size * index)
        described += _DATA.pack(at + begin + len(data), len(table), 0, 0)
        data += table + bytes(-len(table) % 8)
    return bytes(content + described + data)


def message_file(events: Sequence[Event] = EVENTS) -> bytes:
    """The whole library, PE32+ for x86-64; equal input gives equal bytes."""
    tables = {langid: message_table(events, language) for language, langid in LANGUAGES.items()}
    section = resources(tables, SECTION_AT)
    stored = section + bytes(-len(section) % FILE_ALIGNMENT)
    image_size = SECTION_AT + len(section) + -len(section) % SECTION_ALIGNMENT
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    # Machine x86-64, one section; executable image, large addresses, a DLL.
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x0002 | 0x0020 | 0x2000)
    optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, 0, len(stored), 0, 0, 0)
    optional += struct.pack("<QII", 0x180000000, SECTION_ALIGNMENT, FILE_ALIGNMENT)
    optional += struct.pack("<HHHHHHI", 6, 0, 0, 0, 6, 0, 0)
    # Console subsystem; data execution prevention, address space randomization.
    optional += struct.pack("<IIIHH", image_size, HEADERS, 0, 3, 0x0100 | 0x0040)
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    directories = [(0, 0)] * 16
    directories[2] = (SECTION_AT, len(section))
    optional += b"".join(struct.pack("<II", *entry) for entry in directories)
    # Initialized data, readable.
    table = struct.pack(
        "<8sIIIIIIHHI", b".rsrc", len(section), SECTION_AT, len(stored), HEADERS, 0, 0, 0, 0, 0x40000040
    )
    headers = dos + b"PE\0\0" + coff + optional + table
    return headers + bytes(HEADERS - len(headers)) + stored
