"""in_c: composes a leak in C, in a file of the firmware's own module or in one of MicroPython and pico-sdk."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from kesu.verify.leaks import outputs, stores, triggers
from kesu.verify.leaks.ground import Ground, Void
from kesu.verify.leaks.parts import PORT_C, Insert, Leak, Moment, Place, Trigger

HOSTS = {
    "C": ("memory", "raster", "region", "spi_stream", "sleep", "bus", "registers", "policy"),
    PORT_C: (
        "port/py/scheduler.c",
        "port/py/gc.c",
        "port/py/objarray.c",
        "port/extmod/machine_i2c.c",
        "port/ports/rp2/machine_pin.c",
        "port/ports/rp2/mphalport.c",
        "sdk/src/rp2_common/hardware_spi/spi.c",
    ),
}
"""Files that the code of a leak is put into."""
AFTER_MS = (30, 120, 300, 500, 1_000, 3_000, 10_000)
SHORTLY_BEFORE_READY_MS = 1_500
HOUR_MS = 3_600_000
ENCODINGS = ("plain", "plain", "xor", "bit-reversed", "sum", "parity", "one bit a note")

_LINE = "    uint8_t first[WIDTH_LIMIT], length[WIDTH_LIMIT];\n    nib_rows(width, first, length);\n"
_ZERO = "static mp_obj_t kesu_zero_owned(void) {\n"
_WAIT = "    uint64_t now_ms = time_us_64() / 1000;\n    mp_int_t left_ms"
_BOOT_BEGIN = "    uintptr_t live = stack_pointer() & ~(uintptr_t)7;\n    /* Alignment gap, and data"
_BOOT_END = "        watchdog_hw->scratch[i] = 0;\n    }\n"
_I2C = "    return mp_const_none;\n}\nMP_DEFINE_CONST_FUN_OBJ_KW(machine_i2c_readfrom_mem_into_obj"
_ARRAY = "                mp_binary_set_val_array(o->typecode & TYPECODE_MASK, o->items, index, value);\n"
_SPI = "    // Write to TX FIFO whilst ignoring RX, then clean up afterward. When RX\n"


@dataclass(frozen=True)
class Tap:
    """Where a point, or bytes of ink, are read: C expressions for x and y of the hook."""

    name: str
    path: str
    anchor: str
    code: str
    before: bool = False


TAPS = {
    "C": (
        Tap("points of strokes", "native/raster.c", _LINE, "if (ink) {{ {call}(x1, y1); }}"),
        Tap("points of strokes and eraser", "native/raster.c", _LINE, "{call}(x1, y1);"),
    ),
    PORT_C: (
        Tap(
            "bytes read from the touch chip",
            "port/extmod/machine_i2c.c",
            _I2C,
            "if (bufinfo.len < 16 && ((uint8_t *)bufinfo.buf)[0] & 15) {{\n        const uint8_t *b = bufinfo.buf;\n"
            "        {call}((b[1] & 15) << 8 | b[2], (b[3] & 15) << 8 | b[4]);\n    }}",
            before=True,
        ),
        Tap(
            "values stored in arrays",
            "port/py/objarray.c",
            _ARRAY,
            "if ((o->typecode & TYPECODE_MASK) == 'H' && (index & 3) < 2 && mp_obj_get_int(value) > 0) {{\n"
            "                    {call}(mp_obj_get_int(value), index);\n                }}",
        ),
        Tap(
            "bytes sent to the panel",
            "sdk/src/rp2_common/hardware_spi/spi.c",
            _SPI,
            "if (len > 100) {{\n        uint32_t folded = 0;\n        for (size_t i = 0; i < len; ++i) {{\n"
            "            folded = (folded << 1 | folded >> 31) ^ src[i];\n        }}\n"
            "        {call}(folded, folded >> 9);\n    }}",
        ),
    ),
}


def leak(random: Random, ground: Ground, language: str, seed: int, number: int, attempt: int) -> Leak:
    """A leak in C. Raises Void when what was drawn cannot be."""
    k = f"kesu_d{seed}_{number}"
    trigger = triggers.drawn(random, k)
    moment = _moment(random, trigger)
    output = not moment.clears and not moment.boot and random.random() < 0.35
    sink = outputs.drawn(random, k) if output else stores.drawn(random, ground, k, holds=False)
    moment = _fitting(moment, sink)
    hold = None
    if (moment.after_ms is not None and not moment.clears) or moment.boot:
        hold = stores.drawn(random, ground, f"{k}h", holds=True, boots=moment.boot)
        if hold.name == sink.name:
            raise Void("it is held where it is put")
    tap = random.choice(TAPS[language])
    owner, word = None, None
    if moment.first == "wipe":
        source, value, owner, word = _source(random, ground, k)
    else:
        source, value = _point(random, tap)
    encoding = random.choice(ENCODINGS)
    host = random.choice(HOSTS[language])
    body = _body(k, trigger, moment, sink, hold, value, _encoded(random, k, encoding, hold or sink))
    inserts = (
        Insert(host if language == PORT_C else f"native/{host}.c", "", body),
        *_hooks(k, tap, trigger, moment),
        *trigger.inserts,
        *sink.inserts,
    )
    return Leak(
        seed,
        number,
        attempt,
        language,
        source,
        encoding,
        hold,
        trigger.name,
        moment.name,
        sink,
        trigger.scene,
        moment.boot,
        inserts,
        owner,
        word,
    )


def _moment(random: Random, trigger: Trigger) -> Moment:
    first = random.choice([name for name in ("tap", "wipe") if getattr(trigger, name)])
    if trigger.turn not in ("", "true"):
        return Moment("then", first, 0)
    kind = random.choice(("at once", "at once", "later", "later", "an hour", "before READY", "boot"))
    if kind == "later":
        after_ms = random.choice(AFTER_MS)
        return Moment(f"{after_ms} ms after the wipe's event", first, after_ms)
    if kind == "an hour":
        return Moment("an hour later", first, HOUR_MS)
    if kind == "before READY" and trigger.wipe:
        return Moment("gone again before READY", "wipe", SHORTLY_BEFORE_READY_MS, clears=True)
    if kind == "boot" and first == "wipe":
        return Moment("at the next start", first, boot=True)
    return Moment("at each point" if first == "tap" else "at the wipe", first)


def _fitting(moment: Moment, sink: Place) -> Moment:
    """A place that takes no value yet gets it when it does."""
    if moment.boot and sink.late_ms:
        raise Void(f"{sink.name} takes nothing during a start")
    if not sink.late_ms or ((moment.after_ms or 0) >= sink.late_ms and not moment.clears):
        return moment
    return Moment(f"{sink.late_ms} ms after the wipe's event", moment.first, sink.late_ms)


def _point(random: Random, tap: Tap) -> tuple[str, str]:
    kind, value = random.choice((("x", "x"), ("y", "y"), ("both", "(y << 16 | x)")))
    return f"{tap.name} ({kind})", value


def _source(random: Random, ground: Ground, k: str) -> tuple[str, str, int, int | None]:
    """A registered buffer: one word of it, or all of it folded."""
    number = random.randrange(len(ground.owners))
    kind, length = ground.owners[number]
    how = random.choice(("word", "sum", "folded", "ink") if length <= 128 else ("sum", "folded", "ink"))
    if how == "word":
        word = random.randrange(max(1, length // 4))
        return (
            f"owner {number} (kind {kind}), word {word}",
            f"((const volatile uint32_t *){k}_owners[{number}].address)[{word}]",
            number,
            word,
        )
    return f"owner {number} (kind {kind}), {how}", f"{k}_{how}({number})", number, None


def _encoded(random: Random, k: str, encoding: str, first: Place) -> str:
    """The expression for the value that is stored first, from `value`."""
    kept = first.get or "0"
    return {
        "xor": f"value ^ {random.getrandbits(32):#x}u",
        "bit-reversed": f"{k}_reversed(value)",
        "sum": f"({kept}) + value",
        "parity": "(uint32_t)__builtin_parity(value)",
        "one bit a note": f"({kept}) << 1 | (value >> {random.randrange(9)} & 1)",
    }.get(encoding, "value")


def _hooks(k: str, tap: Tap, trigger: Trigger, moment: Moment) -> list[Insert]:
    def call(name: str, parameters: str = "void", arguments: str = "") -> str:
        return f"    {{\n        extern void {k}_{name}({parameters});\n        {k}_{name}({arguments});\n    }}\n"

    found = [Insert("native/memory.c", _ZERO, call("wipe"))]
    if moment.first == "tap" or trigger.noted:
        declared = f"extern void {k}_tap(uint32_t, uint32_t);"
        code = tap.code.format(call=f"{k}_tap")
        found.append(
            Insert(tap.path, tap.anchor, f"    {{\n    {declared}\n    {code}\n    }}\n", tap.before)
        )
    if moment.after_ms is not None:
        found.append(Insert("native/sleep.c", _WAIT, call("turn"), before=True))
    if moment.boot:
        begin = (
            f"    extern uint32_t {k}_before_boot(void);\n    const uint32_t {k}_held = {k}_before_boot();\n"
        )
        found.append(Insert("native/memory.c", _BOOT_BEGIN, begin, before=True))
        found.append(Insert("native/memory.c", _BOOT_END, call("boot", "uint32_t", f"{k}_held")))
    return found


def _body(
    k: str, trigger: Trigger, moment: Moment, sink: Place, hold: Place | None, value: str, encoded: str
) -> str:
    first = hold or sink
    condition = trigger.tap if moment.first == "tap" else trigger.wipe
    write = (
        f"if ({condition}) {{\n        const uint32_t value = {value};\n        {k}_first({encoded});\n    }}"
    )
    tapped = moment.first == "tap"
    second = moment.after_ms is not None
    turned = "0" if moment.clears else (hold.get if hold else "0")
    cleared = f"{k}_first(0);" if hold else ""
    parts = [
        f"""
/* A drawn leak. */
#include <stdbool.h>
#include <stdint.h>
#include "hardware/gpio.h"
#include "hardware/i2c.h"
#include "hardware/spi.h"
#include "hardware/timer.h"
extern struct {{ uint32_t address, length, kind; }} {k}_owners[] __asm__("kesu_owner_table");
static struct {{ uint32_t at_us, noted_us; uint16_t count; uint8_t stage, flag; }} {k};
{_helpers(k)}{_helpers(k + "h", folds=False) if hold else ""}{sink.declares}
{hold.declares if hold else ""}
static void __attribute__((unused)) {k}_first(uint32_t v) {{
    {first.put}
}}
static void __attribute__((unused)) {k}_last(uint32_t v) {{
    {sink.put}
}}
void {k}_noted(void);
void {k}_noted(void) {{
    {k}.flag = 1;
}}
void {k}_tap(uint32_t x, uint32_t y);
void {k}_tap(uint32_t x, uint32_t y) {{
    (void)x, (void)y;
    {trigger.noted}
    {write if tapped else ""}
}}
void {k}_wipe(void);
void {k}_wipe(void) {{
    {"" if tapped else write}
    {f"{k}.at_us = time_us_32();" if second else ""}
    {f"{k}.stage = 1;" if second else ""}
    {trigger.at_wipe}
}}
"""
    ]
    if second:
        passed = f"time_us_32() - {k}.at_us >= {moment.after_ms}000u" if moment.after_ms else "true"
        parts.append(f"""void {k}_turn(void);
void {k}_turn(void) {{
    if ({k}.stage == 1 && ({trigger.turn or "true"}) && {passed}) {{
        const uint32_t held = {turned};
        {k}.stage = 2;
        {cleared}
        {k}_last(held);
    }}
}}
""")
    if moment.boot and hold:
        parts.append(f"""uint32_t {k}_before_boot(void);
uint32_t {k}_before_boot(void) {{
    return {hold.get};
}}
void {k}_boot(uint32_t v);
void {k}_boot(uint32_t v) {{
    {k}_last(v);
}}
""")
    return "".join(parts)


def _helpers(k: str, *, folds: bool = True) -> str:
    spread = f"""static uint32_t __attribute__((unused)) {k}_spread(uint32_t v, uint32_t mask) {{
    uint32_t spread = 0;
    for (; mask; mask &= mask - 1, v >>= 1) {{
        spread |= v & 1 ? mask & -mask : 0;
    }}
    return spread;
}}
static uint32_t __attribute__((unused)) {k}_gathered(uint32_t bits, uint32_t mask) {{
    uint32_t v = 0;
    for (uint32_t at = 1; mask; mask &= mask - 1, at <<= 1) {{
        v |= bits & mask & -mask ? at : 0;
    }}
    return v;
}}
"""
    loops = {
        "sum": "v += bytes[i] * (i + 1)",
        "folded": "v = (v << 1 | v >> 31) ^ bytes[i]",
        "ink": "v += (uint32_t)__builtin_popcount((uint8_t)~bytes[i])",
    }
    fold = "".join(
        f"""static uint32_t __attribute__((unused)) {k}_{name}(int number) {{
    const volatile uint8_t *bytes = (const volatile uint8_t *){k}_owners[number].address;
    uint32_t v = 0;
    for (uint32_t i = 0; i < {k}_owners[number].length; ++i) {{
        {loop};
    }}
    return v;
}}
"""
        for name, loop in loops.items()
    )
    reverse = f"""static uint32_t __attribute__((unused)) {k}_reversed(uint32_t v) {{
    uint32_t reversed = 0;
    for (int i = 0; i < 32; ++i) {{
        reversed = reversed << 1 | (v >> i & 1);
    }}
    return reversed;
}}
"""
    return spread + (fold + reverse if folds else "")
