"""bodies: the C code of a drawn leak: its state, its stores and outputs, and what its hooks call."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re

from kesu.verify.leaks.parts import Moment, Place, Trigger

_PROTOTYPE = re.compile(r"^(?:void|uint32_t) \w+\([^)]*\);\n", re.MULTILINE)
_HEAD = re.compile(
    r"^(?:static )?(void|uint32_t) (?:__attribute__\(\(unused\)\) )?(\w+)(\([^)]*\) \{)", re.MULTILINE
)


def inlined(text: str) -> str:
    """The same code without functions of its own: all are part of the one that calls them."""
    heads = r"static inline \1 __attribute__((always_inline, unused)) \2\3"
    return _HEAD.sub(heads, _PROTOTYPE.sub("", text))


def body(
    k: str,
    trigger: Trigger,
    moment: Moment,
    places: tuple[Place, Place | None, Place | None],
    value: str,
    encoded: str,
) -> str:
    """The code of one leak. k: prefix of its names. places: where the value goes; where it is held before; where a part
    of it goes. value, encoded: expressions for what is read, and for what of it is stored."""
    sink, hold, also = places
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
{_helpers(k)}{_helpers(k + "h", folds=False) if hold else ""}{_helpers(k + "s", folds=False) if also else ""}
{sink.declares}
{hold.declares if hold else ""}
{also.declares if also else ""}
static void __attribute__((unused)) {k}_also(uint32_t v) {{
    (void)v;
    {also.put if also else ""}
}}
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
