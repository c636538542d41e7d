"""in_c: composes a leak in C, in a file of the firmware's own module or in one of MicroPython and pico-sdk."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from kesu.verify.leaks import bodies, moments, outputs, stores, triggers
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
ENCODINGS = (
    *(
        "plain",
        "plain",
        "xor",
        "complement",
        "bit-reversed",
        "sum",
        "parity",
        "hash",
        "one bit",
        "one bit a note",
    ),
    "split",
)
INLINED = 0.4
"""How many of the leaks that can be are part of a function of the firmware, and have none of their own."""

_OWN_HEADER = '#include "native.h"\n'
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
    moment = moments.drawn(random, trigger, boots=True)
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
    also = stores.drawn(random, ground, f"{k}s", holds=True) if encoding == "split" else None
    if also is not None and also.name in (sink.name, hold.name if hold else ""):
        raise Void("both halves are in one place")
    host = random.choice(HOSTS[language])
    encoded = _encoded(random, k, encoding, hold or sink)
    body = bodies.body(k, trigger, moment, (sink, hold, also), value, encoded)
    into = _inlined_in(random, language, tap, trigger, moment)
    if into:
        placed = (Insert(into, _OWN_HEADER, bodies.inlined(body)),)
    else:
        placed = (Insert(host if language == PORT_C else f"native/{host}.c", "", body),)
    inserts = (*placed, *_hooks(k, tap, trigger, moment, inline=bool(into)), *trigger.inserts, *sink.inserts)
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
        bool(into),
    )


def _inlined_in(random: Random, language: str, tap: Tap, trigger: Trigger, moment: Moment) -> str:
    """The file with the only function that the leak is in; "" if it has functions of its own."""
    if moment.after_ms is not None or moment.boot or trigger.inserts or random.random() >= INLINED:
        return ""
    if moment.first == "wipe":
        return "" if trigger.noted else "native/memory.c"
    return tap.path if language == "C" and not trigger.at_wipe else ""


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
        "complement": "~value",
        "hash": f"(value ^ value >> 15) * {random.getrandbits(32) | 1:#x}u",
        "one bit": f"value >> {random.randrange(9)} & 1",
        "split": f"({k}_also(value >> 16 | value >> 5), value & 0xffffu)",
        "parity": "(uint32_t)__builtin_parity(value)",
        "one bit a note": f"({kept}) << 1 | (value >> {random.randrange(9)} & 1)",
    }.get(encoding, "value")


def _hooks(k: str, tap: Tap, trigger: Trigger, moment: Moment, *, inline: bool) -> list[Insert]:
    def call(name: str, parameters: str = "void", arguments: str = "") -> str:
        if inline:
            return f"    {k}_{name}({arguments});\n"
        return f"    {{\n        extern void {k}_{name}({parameters});\n        {k}_{name}({arguments});\n    }}\n"

    found = [] if inline and moment.first == "tap" else [Insert("native/memory.c", _ZERO, call("wipe"))]
    if moment.first == "tap" or trigger.noted:
        declared = "" if inline else f"extern void {k}_tap(uint32_t, uint32_t);"
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
