/* clocks.h: empty replacements of the SDK's clock functions. */
/* SPDX-License-Identifier: MIT */
#define clk_sys 0
#define clk_peri 0
#define CLOCKS_CLK_PERI_CTRL_AUXSRC_VALUE_CLK_SYS 0
#define clock_get_hz(clock) 125000000u
#define clock_configure(clock, source, auxiliary, from, to) ((void)(from))
