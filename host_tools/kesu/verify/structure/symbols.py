"""symbols: code that a sealed image must not contain, and code that it must contain."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.verify.outcome import Finding
from kesu.verify.structure.code import Code


@dataclass(frozen=True)
class Ability:
    """Something an image could do, and whole-name patterns of the code that does it."""

    rule: str
    could: str
    patterns: tuple[str, ...]


FORBIDDEN = (
    Ability(
        "no compiler",
        "turn text or foreign bytecode into a running program",
        (
            "mp_compile|mp_parse|mp_lexer_.*|mp_emit_.*|mp_raw_code_load.*",
            "mp_builtin_(compile|exec|eval|execfile)_obj",
        ),
    ),
    Ability(
        "no console",
        "take commands from a person or a program at a console",
        ("readline(_process_char)?|pyexec_event_.*", "mp_builtin_input_obj|mp_sys_std(in|out|err)_obj"),
    ),
    Ability(
        "no USB console",
        "print to the PC over USB",
        ("cdcd_.*|_cdcd_.*|tud_cdc_.*|mp_usbd_cdc_.*",),
    ),
    Ability(
        "no other USB class",
        "act as a USB drive, keyboard or vendor device",
        (
            "mscd_.*|tud_msc_.*|hidd_.*|tud_hid_.*|midid_.*|vendord_.*|dfu_.*|tud_vendor_(?!control_xfer_cb).*",
        ),
    ),
    Ability(
        "no flash writing",
        "erase or write the flash chip, or send it a command",
        ("flash_range_.*|flash_do_cmd|rp2_flash_(?!set_timing).*",),
    ),
    Ability(
        "no file system",
        "keep files",
        (
            "mp_vfs_.*|mp_type_vfs.*|mp_fat_vfs.*|mp_builtin_open.*",
            "lfs[12]_.*|f_(open|write|mount|mkfs|sync)",
        ),
    ),
    Ability(
        "no way to the boot loader",
        "restart into the USB boot loader, which hands out all of RAM",
        ("machine_bootloader_obj|mp_machine_bootloader|(rom_)?reset_usb_boot.*",),
    ),
    Ability("no copied console", "copy a console to another stream", ("mp_os_dupterm.*|mp_uos_dupterm.*",)),
    Ability(
        "no serial port",
        "send on a UART",
        ("machine_uart_type|mp_uart_.*|stdio_uart_.*|uart_(init|puts|putc.*|write_blocking)",),
    ),
    Ability(
        "no radio or network",
        "send by radio or network",
        (
            "cyw43_.*|btstack_.*|hci_.*|mp_bluetooth_.*|lwip_.*|tcp_(write|connect|bind)|udp_send.*|mp_module_network",
        ),
    ),
    Ability(
        "no raw memory access",
        "read or write any address from Python",
        ("machine_mem(8|16|32)_obj|mp_module_uctypes|uctypes_struct_type",),
    ),
    Ability(
        "no DMA or PIO from Python",
        "copy memory or drive pins behind the CPU's back",
        # The port resets its PIO objects at a restart, so their types are linked; no module exports them.
        ("mp_module_rp2|rp2_dma_type",),
    ),
    Ability(
        "one core, one thread",
        "run code in parallel with the wipe",
        ("mp_thread_create|thread_.*_obj|multicore_launch_core1.*|mp_module_thread",),
    ),
)

# The port's main() refers to both. A sealed image has a stub that restarts the chip, a few instructions long.
REPL = ("pyexec_raw_repl", "pyexec_friendly_repl")
STUB_BYTES = 24

REQUIRED = ("kesu_boot_scrub", "kesu_owner_table", "kesu_owner_count", "kesu_scrub_obj")
SHOWN = 4


def findings(code: Code) -> list[Finding]:
    """A finding for each ability, for the REPL stubs, and for the code that clears RAM at start."""
    found = [_ability(code, ability) for ability in FORBIDDEN]
    found.append(_repl(code))
    found.append(_required(code))
    return found


def listed(names: list[str]) -> str:
    """The first few names, and how many more."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _ability(code: Code, ability: Ability) -> Finding:
    names = [name for pattern in ability.patterns for name in code.matching(pattern)]
    if names:
        return Finding(ability.rule, False, f"This image can {ability.could}: it contains {listed(names)}.")
    detail = f"None of its {len(code.symbols):,} symbols is code to {ability.could}."
    return Finding(ability.rule, True, detail)


def _repl(code: Code) -> Finding:
    real = [name for name in REPL if name in code.symbols and code.symbols[name][1] > STUB_BYTES]
    if real:
        sizes = ", ".join(f"{name} ({code.symbols[name][1]} bytes)" for name in real)
        return Finding("no REPL", False, f"This image has an interactive Python prompt: {sizes}.")
    return Finding(
        "no REPL", True, f"The prompt's entry points are absent or stubs of at most {STUB_BYTES} bytes."
    )


def _required(code: Code) -> Finding:
    rule = "scrub before start"
    missing = [name for name in REQUIRED if name not in code.symbols]
    if missing:
        return Finding(rule, False, f"What clears RAM is missing: {listed(missing)}.")
    callers = code.callers("kesu_boot_scrub")
    if not callers:
        return Finding(rule, False, "kesu_boot_scrub is in the image, but nothing calls it.")
    return Finding(rule, True, f"kesu_boot_scrub is called by {listed(callers)}, before Python starts.")
