"""system_control: the system control space of the core: NVIC, SysTick, SCB, MPU registers.

Source: ARMv6-M Architecture Reference Manual (DDI 0419) B3.2 to B3.5, and RP2040 datasheet 2.4.8 for what the chip has:
32 interrupts, two bits of priority, VTOR, an MPU with eight regions. The MPU keeps what is written and checks nothing.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from rp2040py.peripherals.peripheral import BasePeripheral

from kesu.emulator.chips.rp2040.exceptions import FIRST_IRQ, ExceptionModel
from kesu.emulator.chips.rp2040.systick import SysTick
from kesu.emulator.core.register_file import file_of

SYST_CSR, SYST_RVR, SYST_CVR = 0x010, 0x014, 0x018
NVIC_ISER, NVIC_ICER, NVIC_ISPR, NVIC_ICPR = 0x100, 0x180, 0x200, 0x280
NVIC_IPR = range(0x400, 0x420, 4)
CPUID, ICSR, VTOR, AIRCR, SCR, CCR = range(0xD00, 0xD18, 4)
SHPR2, SHPR3, SHCSR = 0xD1C, 0xD20, 0xD24
MPU = range(0xD90, 0xDA4, 4)
MPU_TYPE = MPU.start

NMI_PEND_SET, PEND_SV_SET, PEND_SV_CLEAR = 1 << 31, 1 << 28, 1 << 27
PEND_ST_SET, PEND_ST_CLEAR, ISR_PENDING = 1 << 26, 1 << 25, 1 << 22
_VECT_PENDING_SHIFT = 12
SLEEP_ON_EXIT, SLEEP_DEEP, SEV_ON_PEND = 1 << 1, 1 << 2, 1 << 4
SYS_RESET_REQUEST = 1 << 2
_VECT_KEY, _VECT_KEY_STAT = 0x05FA, 0xFA05_0000
_SV_CALL_PENDED = 1 << 15

_CPUID = 0x410C_C601
_CCR = 0x208  # STKALIGN and UNALIGN_TRP: always set (B3.2.8)
_MPU_TYPE = 0x800  # eight regions (RP2040 datasheet 2.4.8)
_VTOR_BITS, _SHPR2_BITS, _SHPR3_BITS = 0xFFFF_FF00, 0xC000_0000, 0xC0C0_0000
_WORD = 0xFFFF_FFFF
_PPB = 0xE000_E000


class SystemControl(BasePeripheral):
    """The registers of one core. `on_reset_request`: AIRCR.SYSRESETREQ was written."""

    def __init__(self, mcu: Any) -> None:
        super().__init__(mcu, "PPB")
        self.systick = SysTick(mcu.clock, self._tick)
        self.on_reset_request: Callable[[], None] = lambda: None
        self._sleep_deep = False
        self._mpu: dict[int, int] = {}

    def reset(self) -> None:
        self.systick.reset()
        self._sleep_deep = False
        self._mpu.clear()

    @property
    def _core(self) -> ExceptionModel:
        return cast(ExceptionModel, self.rp2040.core)

    def _tick(self) -> None:
        core = self._core
        newly = not core.pending_systick
        core.pending_systick = True
        core.pended(newly)

    def read_uint32(self, offset: int) -> int:
        """A register; what does not exist, or is not modelled, reads as 0 or as it was written."""
        core = self._core
        if offset in NVIC_IPR:
            first = offset - NVIC_IPR.start
            return sum(
                int(core.exception_priority(FIRST_IRQ + first + index)) << 8 * index + 6 for index in range(4)
            )
        if offset in MPU:
            return _MPU_TYPE if offset == MPU_TYPE else self._mpu.get(offset, 0)
        read: Callable[[], int] | None = {
            CPUID: lambda: _CPUID,
            ICSR: self._read_icsr,
            VTOR: lambda: core.vtor,
            AIRCR: lambda: _VECT_KEY_STAT,
            SCR: self._read_scr,
            CCR: lambda: _CCR,
            SHPR2: lambda: core.shpr2,
            SHPR3: lambda: core.shpr3,
            SHCSR: lambda: _SV_CALL_PENDED if core.pending_svcall else 0,
            NVIC_ISER: lambda: core.enabled_interrupts,
            NVIC_ICER: lambda: core.enabled_interrupts,
            NVIC_ISPR: lambda: core.pending_interrupts,
            NVIC_ICPR: lambda: core.pending_interrupts,
            SYST_CSR: self.systick.read_control,
            SYST_RVR: lambda: self.systick.reload,
            SYST_CVR: lambda: self.systick.current,
        }.get(offset)
        return int(read()) if read is not None else file_of(self.rp2040).unmodelled(_PPB + offset, 0)

    def _read_icsr(self) -> int:
        core = self._core
        flags = (
            (core.pending_nmi, NMI_PEND_SET),
            (core.pending_pend_sv, PEND_SV_SET),
            (core.pending_systick, PEND_ST_SET),
            (core.pending_interrupts, ISR_PENDING),
        )
        bits = sum(bit for pending, bit in flags if pending)
        return bits | int(core.highest_pending()) << _VECT_PENDING_SHIFT | int(core.ipsr)

    def _read_scr(self) -> int:
        core = self._core
        flags = (
            (core.sleep_on_exit, SLEEP_ON_EXIT),
            (self._sleep_deep, SLEEP_DEEP),
            (core.send_event_on_pend, SEV_ON_PEND),
        )
        return sum(bit for on, bit in flags if on)

    def write_uint32(self, offset: int, value: int) -> None:
        """A register; a write to what does not exist has no effect, but is kept."""
        core = self._core
        value &= _WORD
        file_of(self.rp2040).wrote(_PPB + offset, value)
        if offset == ICSR:
            self._write_icsr(value)
        elif offset == VTOR:
            core.vtor = value & _VTOR_BITS
        elif offset == AIRCR:
            if value >> 16 == _VECT_KEY and value & SYS_RESET_REQUEST:
                self.on_reset_request()
        elif offset == SCR:
            core.sleep_on_exit = bool(value & SLEEP_ON_EXIT)
            core.send_event_on_pend = bool(value & SEV_ON_PEND)
            self._sleep_deep = bool(value & SLEEP_DEEP)
        elif offset == SHPR2:
            core.shpr2 = value & _SHPR2_BITS
            core.pended(False)
        elif offset == SHPR3:
            core.shpr3 = value & _SHPR3_BITS
            core.pended(False)
        elif offset == SHCSR:
            core.pending_svcall = bool(value & _SV_CALL_PENDED)
            core.pended(False)
        elif offset in NVIC_IPR:
            self._write_priorities(offset - NVIC_IPR.start, value)
        elif offset in MPU:
            self._mpu[offset] = value
        elif NVIC_ISER <= offset < NVIC_IPR.start:
            self._write_nvic(offset, value)
        elif offset == SYST_CSR:
            self.systick.write_control(value)
        elif offset == SYST_RVR:
            self.systick.write_reload(value)
        elif offset == SYST_CVR:
            self.systick.write_current()

    def _write_nvic(self, offset: int, value: int) -> None:
        core = self._core
        if offset == NVIC_ISER:
            core.enabled_interrupts |= value
            core.pended(False)
        elif offset == NVIC_ICER:
            core.enabled_interrupts &= ~value & _WORD
        elif offset == NVIC_ISPR:
            core.pend_interrupts(value)
        elif offset == NVIC_ICPR:
            core.unpend_interrupts(value)

    def _write_icsr(self, value: int) -> None:
        """A bit that clears wins over the one that sets."""
        core = self._core
        newly = False
        if value & NMI_PEND_SET:
            newly, core.pending_nmi = not core.pending_nmi, True
        if value & PEND_SV_CLEAR:
            core.pending_pend_sv = False
        elif value & PEND_SV_SET:
            newly, core.pending_pend_sv = newly or not core.pending_pend_sv, True
        if value & PEND_ST_CLEAR:
            core.pending_systick = False
        elif value & PEND_ST_SET:
            newly, core.pending_systick = newly or not core.pending_systick, True
        core.pended(newly)

    def _write_priorities(self, first: int, value: int) -> None:
        """Four interrupts, the upper two bits of a byte for each. The core keeps a mask for each priority."""
        core = self._core
        for index in range(4):
            bit, chosen = 1 << first + index, value >> 8 * index + 6 & 3
            for priority in range(4):
                kept = int(core.interrupt_priorities[priority]) & ~bit & _WORD
                core.interrupt_priorities[priority] = kept | (bit if priority == chosen else 0)
        core.pended(False)


def attach(mcu: Any) -> SystemControl:
    """Replace the chip's own block."""
    control = SystemControl(mcu)
    mcu.ppb = control
    return control
