"""special_registers: MRS and MSR by the ARMv6-M Architecture Reference Manual (DDI 0419), B5.2.2 and B5.2.3."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.chips.rp2040.exceptions import HANDLER, MAIN, PROCESS, THREAD, ExceptionModel

_MSP, _PSP, _PRIMASK, _CONTROL = 8, 9, 16, 20


class SpecialRegisters(ExceptionModel):
    """The exception model with the special registers. Numbers (SYSm): 0 to 7 are views of xPSR."""

    @property
    def privileged(self) -> bool:
        """CurrentModeIsPrivileged(), B1.3.1."""
        return self.current_mode == HANDLER or not self.n_priv

    def read_special_register(self, sysm: int) -> int:
        """MRS (B5.2.2). EPSR reads as 0; without privilege the stack pointers and PRIMASK do, too."""
        if sysm < 8:
            return (self.ipsr if sysm & 1 else 0) | (self.apsr if not sysm & 4 else 0)
        if sysm == _CONTROL:
            return (2 if self.sp_sel == PROCESS else 0) | int(self.n_priv)
        if not self.privileged:
            return 0
        return int({_MSP: self.sp_main, _PSP: self.sp_process, _PRIMASK: int(self.pm)}.get(sysm, 0))

    def write_special_register(self, sysm: int, value: int) -> None:
        """MSR (B5.2.3). IPSR and EPSR ignore it; without privilege all but the flags do."""
        if sysm < 8:
            if not sysm & 4:
                self.apsr = value
        elif not self.privileged:
            return
        elif sysm == _MSP:
            self.sp_main = value & 0xFFFF_FFFC
        elif sysm == _PSP:
            self.sp_process = value & 0xFFFF_FFFC
        elif sysm == _PRIMASK:
            self.pm = bool(value & 1)
            self.interrupts_updated = True
        elif sysm == _CONTROL:
            self.n_priv = bool(value & 1)
            if self.current_mode == THREAD:
                self.switch_stack(PROCESS if value & 2 else MAIN)
