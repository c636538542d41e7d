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
    kinds = ["register"] * 6 + ["section", "object", "object", "usb ram"]
    if not holds:
        # The scrub of the wipe clears free memory: a value gets there after it.
        kinds += ["stack", "heap", "panel", "panel"] + (["touch"] if ground.touch else [])
    kind = random.choice(kinds)
    if kind == "register":
        return _register(ground, k, random.choice(ground.blocks[random.choice(sorted(ground.blocks))]))
    if kind == "object":
        return _object(random, ground, k)
    if kind == "panel":
        return _panel(random, ground)
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
    at = f"(*(volatile uint32_t *)({k}_object + {offset}))"
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
        at = f"(*(volatile uint32_t *)({k}_bottom + {offset}))"
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
        at = f"(*(volatile uint32_t *)({k}_end - {offset}))"
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


def _panel(random: Random, ground: Ground) -> Place:
    command, count = random.choice(ground.commands)
    bytes_out = ", ".join(f"(uint8_t)(v >> {8 * index % 32})" for index in range(count))
    return Place(
        f"panel register {command:02X}h",
        "panel register",
        f"""{{
        const uint8_t command = {command:#x}, bytes[] = {{ {bytes_out} }};
        gpio_put(9, 0);
        gpio_put(8, 0);
        spi_write_blocking(spi1, &command, 1);
        gpio_put(8, 1);
        spi_write_blocking(spi1, bytes, {count});
        gpio_put(9, 1);
    }}""",
        Reading("panel", f"{command:02X}"),
        late_ms=READY_MS[ground.panel],
    )


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
