/* wave: the edges of a byte that a PL022 sends, at the cycles of another chip's clock. */
/* SPDX-License-Identifier: MIT */

#include "pio.h"

/* A moment of the sender's clock, in ns, as a cycle of the receiver's: its clock shows (moment + phase) * (1 + ppb / 1e9). */
int64_t kesu_wave_cycle(int64_t moment, int64_t phase, int64_t ppb, int64_t cycle_ns) {
    __int128 scaled = (__int128)(moment + phase) * (1000000000 + ppb);
    return (int64_t)(scaled / 1000000000) / cycle_ns;
}

/* The edges of one byte. start, span: of its eight bits, in ns; clk, mosi: masks of both pins; format: SPO (bit 0), SPH (bit
 * 1) of the PL022 (RP2040 datasheet 4.4.3). Returns their number, at most 17. */
uint32_t kesu_wave_byte(edge_t *to, int64_t start, int64_t span, uint32_t value, uint32_t clk, uint32_t mosi,
                        uint32_t format, int64_t phase, int64_t ppb, int64_t cycle_ns) {
    uint32_t rest = format & 1, late = format >> 1 & 1 ? 0 : 1, count = 0; /* late: data half a bit before the clock */
    for (uint32_t half = 0; half < 16 + late; half++) {
        uint32_t bit = half / 2, active = (half + late) % 2 == 0, level;
        level = (half || !late ? (active ? !rest : rest) : rest) ? clk : 0;
        level |= value >> (7 - (bit > 7 ? 7 : bit)) & 1 ? mosi : 0;
        to[count].cycle = kesu_wave_cycle(start + span * half / 16, phase, ppb, cycle_ns);
        to[count++].level = level;
    }
    return count;
}
