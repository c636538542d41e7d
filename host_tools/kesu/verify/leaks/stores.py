"""stores: where a drawn leak can keep a value: registers, gaps and objects of memory, panel, touch chip."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import replace
from random import Random

from kesu.spec.panels import FILMS
from kesu.verify.leaks.ground import Ground, Void
from kesu.verify.leaks.parts import Place, Reading
from kesu.verify.leaks.registers import Register

SECTIONS = {
    "zeroed memory": "",
    "scratch X": '__attribute__((section(".scratch_x.{k}")))',
    "uninitialised memory": '__attribute__((section(".uninitialized_data.{k}")))',
    "code in RAM": '__attribute__((section(".time_critical.{k}")))',
}
USB_RAM = range(0x5010_0600, 0x5010_1000, 4)
SPANS = {
    "pico": (("cache as RAM", 0x1500_0000, 0x4000),),
    "pico2": (("boot RAM", 0x400E_0000, 0x400), ("cache as RAM", 0x13FF_C000, 0x4000)),
}
"""Memories of a chip that are not in its register headers: RP2040 datasheet 2.6.3, RP2350 datasheet 4.3, 4.4."""
FLASH_PAGE = 0x1FF000
"""Beyond every image."""
STACK_GAP = range(260, 3_000, 4)
HEAP_TAIL = range(16, 4_096, 16)
READY_MS = {name: film.ready_after_ms + 200 for name, film in FILMS.items()}
"""When the panel and the touch chip take commands again after a wipe."""
SCRUBBED_MS = 100
"""Time after READY in which its scrub has ended."""
SURVIVORS = ("uninitialised memory", "stack", "usb ram", "watchdog scratch")


def drawn(random: Random, ground: Ground, k: str, *, holds: bool, boots: bool = False) -> Place:
    """A store. k: prefix of its names in C; holds: it must be readable at once; boots: its content must outlive a reset
    of the core. Raises Void."""
    if boots:
        return _survivor(random, ground, k, random.choice(SURVIVORS))
    kinds = ["register"] * 6 + ["section", "object", "object", "usb ram", "span"]
    if not holds:
        # The scrub of the wipe clears free memory: a value gets there after it.
        kinds += ["stack", "heap", "panel", "panel", "panel ram", "flash"]
        kinds += ["touch"] if ground.touch else []
    kind = random.choice(kinds)
    if kind == "register":
        return _register(ground, k, random.choice(ground.blocks[random.choice(sorted(ground.blocks))]))
    if kind == "object":
        return _object(random, ground, k)
    if kind == "span":
        name, first, size = random.choice(SPANS[ground.board])
        return _register(
            ground, k, Register(name, "word", first + random.randrange(size // 4) * 4, 0xFFFF_FFFF)
        )
    if kind == "panel":
        return _panel(random, ground)
    if kind == "panel ram":
        return _panel_ram(random, ground, k)
    if kind == "flash":
        return _flash(random, k)
    if kind == "touch":
        return _touch(random, ground)
    place = _memory(random, k, kind)
    return (
        replace(place, late_ms=READY_MS[ground.panel] + SCRUBBED_MS) if kind in ("stack", "heap") else place
    )


def _survivor(random: Random, ground: Ground, k: str, kind: str) -> Place:
    if kind == "watchdog scratch":
        scratch = [one for one in ground.blocks["WATCHDOG"] if "SCRATCH" in one.name]
        return _register(ground, k, random.choice(scratch))
    return _section(k, kind) if kind in SECTIONS else _memory(random, k, kind)


def _register(ground: Ground, k: str, register: Register) -> Place:
    mask = ground.kept(register)
    if not mask:
        raise Void(f"{register.name} of {register.block} keeps nothing")
    at = f"(*(volatile uint32_t *){register.address:#x}u)"
    return Place(
        f"{register.name} of {register.block}",
        f"register of {register.block}",
        f"{at} = ({at} & ~{mask:#x}u) | {k}_spread(v, {mask:#x}u);",
        Reading("bus", register.name, register.address),
        f"{k}_gathered({at}, {mask:#x}u)",
    )


def _section(k: str, kind: str) -> Place:
    attribute = SECTIONS[kind].format(k=k)
    return Place(
        kind,
        "memory of C",
        f"{k}_kept = v;",
        Reading("symbol", f"{k}_kept"),
        f"{k}_kept",
        f"static volatile uint32_t {k}_kept {attribute};",
    )


def _object(random: Random, ground: Ground, k: str) -> Place:
    name, size = random.choice(ground.objects)
    offset = random.randrange(size // 4) * 4
    at = f"(*(volatile uint32_t *)((uintptr_t){k}_object + {offset}u))"
    return Place(
        f"{name}+{offset}",
        "object of the image",
        f"{at} = v;",
        Reading("symbol", name, offset),
        at,
        f'extern uint8_t {k}_object[] __asm__("{name}");',
    )


def _memory(random: Random, k: str, kind: str) -> Place:
    if kind == "section":
        return _section(k, random.choice(sorted(SECTIONS)))
    if kind == "stack":
        offset = random.choice(STACK_GAP)
        at = f"(*(volatile uint32_t *)((uintptr_t){k}_bottom + {offset}u))"
        declares = f'extern uint8_t {k}_bottom[] __asm__("__StackBottom");'
        return Place(
            f"stack {offset} bytes above its bottom",
            "dead stack",
            f"{at} = v;",
            Reading("symbol", "__StackBottom", offset),
            at,
            declares,
        )
    if kind == "heap":
        offset = random.choice(HEAP_TAIL)
        at = f"(*(volatile uint32_t *)((uintptr_t){k}_end - {offset}u))"
        declares = f'extern uint8_t {k}_end[] __asm__("__GcHeapEnd");'
        return Place(
            f"heap {offset} bytes before its end",
            "free heap",
            f"{at} = v;",
            Reading("symbol", "__GcHeapEnd", -offset),
            at,
            declares,
        )
    address = random.choice(USB_RAM)
    at = f"(*(volatile uint32_t *){address:#x}u)"
    return Place(f"USB RAM {address:#x}", "USB RAM", f"{at} = v;", Reading("bus", "USB RAM", address), at)


def _sent(command: int, data: str) -> str:
    """C that sends a command with data to the panel."""
    return f"""{{
        const uint8_t command = {command:#x}, bytes[] = {{ {data} }};
        gpio_put(9, 0);
        gpio_put(8, 0);
        spi_write_blocking(spi1, &command, 1);
        gpio_put(8, 1);
        spi_write_blocking(spi1, bytes, sizeof(bytes));
        gpio_put(9, 1);
    }}"""


def _panel(random: Random, ground: Ground) -> Place:
    command, count = random.choice(ground.commands)
    bytes_out = ", ".join(f"(uint8_t)(v >> {8 * index % 32})" for index in range(count))
    name = f"panel register {command:02X}h"
    put = _sent(command, bytes_out)
    return Place(
        name, "panel register", put, Reading("panel", f"{command:02X}"), late_ms=READY_MS[ground.panel]
    )


def _panel_ram(random: Random, ground: Ground, k: str) -> Place:
    """Four bytes of a plane, which no refresh shows; on the SSD1680 a third of its RAM is beyond the glass."""
    plane = random.choice((0x24, 0x26))
    column, row = random.randrange(22 if ground.panel == "2in9" else 50), random.randrange(120)
    put = _sent(0x4E, f"{column:#x}") + "\n    " + _sent(0x4F, f"{row:#x}, 0")
    put += "\n    " + _sent(plane, ", ".join(f"(uint8_t)(v >> {8 * index})" for index in range(4)))
    name = f"plane {plane:02X}h at {column}, {row}"
    return Place(name, "RAM of the panel", put, Reading("planes", ""), late_ms=READY_MS[ground.panel])


def _flash(random: Random, k: str) -> Place:
    """A word of the flash, written by routines of the boot ROM whose codes are not in the image as such (RP2040
    datasheet 2.8.3.1.3, RP2350 datasheet 5.4.8)."""
    page, mask = FLASH_PAGE + 256 * random.randrange(16), random.getrandbits(16)
    codes = [
        f"({ord(code[0]) | ord(code[1]) << 8:#x} ^ {mask:#x})" for code in ("IF", "EX", "RP", "FC", "CX")
    ]
    declares = f"""#include "hardware/sync.h"
#include "pico/bootrom.h"
static volatile uint32_t {k}_mask = {mask:#x};
static __attribute__((noinline, section(".time_critical.{k}"))) void {k}_program(
    void (*const *step)(void), const uint8_t *page) {{
    step[0]();
    step[1]();
    ((void (*)(uint32_t, const uint8_t *, size_t))step[2])({page:#x}, page, 256);
    step[3]();
    step[4]();
}}"""
    put = f"""{{
        static uint8_t page[256];
        static const uint16_t codes[] = {{ {", ".join(codes)} }};
        void (*step[5])(void);
        for (int i = 0; i < 5; ++i) {{
            step[i] = (void (*)(void))rom_func_lookup(codes[i] ^ {k}_mask);
        }}
        for (int i = 0; i < 4; ++i) {{
            page[i] = (uint8_t)(v >> 8 * i);
        }}
        const uint32_t interrupts = save_and_disable_interrupts();
        {k}_program(step, page);
        restore_interrupts(interrupts);
    }}"""
    reading = Reading("bus", "flash", 0x1000_0000 + page)
    return Place(f"flash at {page:#x}", "flash", put, reading, declares=declares)


def _touch(random: Random, ground: Ground) -> Place:
    register = random.choice(ground.touch)
    return Place(
        f"touch register {register:02X}h",
        "touch register",
        f"""{{
        const uint8_t bytes[] = {{ {register:#x}, (uint8_t)v }};
        i2c_write_blocking(i2c1, 0x38, bytes, 2, false);
    }}""",
        Reading("touch", "", register),
        late_ms=READY_MS[ground.panel],
    )
