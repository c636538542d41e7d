@ vectors: the exceptions of the rig's guest (RP2040 datasheet 2.3.2). SPDX-License-Identifier: MIT
.syntax unified
.cpu cortex-m0plus
.thumb
.section .vectors, "a"
.word 0x20040000
.word start
.rept 14
.word stray
.endr
.word busy_ends       @ TIMER_IRQ_0
.word report_due      @ TIMER_IRQ_1
.word pulse_ends      @ TIMER_IRQ_2
.word touch_awake     @ TIMER_IRQ_3
.rept 3
.word stray
.endr
.word edges           @ PIO0_IRQ_0
.rept 15
.word stray
.endr
.word touch_bus       @ I2C0_IRQ
.rept 8
.word stray
.endr
