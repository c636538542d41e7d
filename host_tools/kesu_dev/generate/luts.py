"""luts: the firmware's modules of register LUTs, from kesu.spec.waveforms."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.spec.waveforms import SPEC, Chip, Class, dark, drive, lut, nothing, page

BYTES_A_LINE = 28
"""Four groups of the SSD1683."""


def module_path(chip: Chip) -> str:
    """The module of a controller, in the checkout."""
    return f"firmware/kesu_pad/panel/{chip.name.lower()}_lut.py"


def module_text(chip: Chip) -> str:
    """Source of that module."""
    classes = SPEC.classes_of(chip)
    waveforms: dict[str, bytes] = {}
    for each in classes:
        waveforms[f"_DRIVE_{each.pulse}"] = lut(chip, drive(each.pulse))
        waveforms[f"_DRIVE_{each.turn}"] = lut(chip, drive(each.turn))
        waveforms[f"_DARK_{each.unit}"] = lut(chip, dark(each.unit))
        waveforms[_page_name(each)] = lut(chip, page(each.unit, each.white, each.black))
    lines = [
        f'"""{chip.name.lower()}_lut: the pad\'s own waveforms for the registers of an {chip.name}."""',
        "# SPDX-License-Identifier: MIT",
        "#",
        "# Generated from host_tools/kesu/spec/waveforms.toml by `kesu dev generate`. Do not edit.",
        "",
        "from micropython import const",
        "",
        f"BYTES = const({chip.bytes})",
        f"FRAME_US = const({round(1e6 / chip.hz)})",
        f"PROBE_FRAMES = const({SPEC.probe})",
        "",
        "# Zero volts: it only takes time.",
        *_constant("PROBE", lut(chip, nothing(SPEC.probe))),
        "",
        "# Frames in which changed pixels are driven to their new tone; frames of the first unit of a page; number and",
        "# frames of its other ones.",
    ]
    for name in sorted(waveforms):
        lines += _constant(name, waveforms[name])
    lines += [
        "",
        "# From how many degrees; frames of a pulse, pulses that a pixel gets, frames of the first unit of a page and",
        "# of its other ones; pulse, turn, first unit, page.",
        "CLASSES = (",
    ]
    for each in classes:
        lines += [
            "    (",
            f"        {each.from_c},",
            f"        {each.pulse},",
            f"        {each.pulses},",
            f"        {each.unit},",
            f"        {each.page},",
            f"        _DRIVE_{each.pulse},",
            f"        _DRIVE_{each.turn},",
            f"        _DARK_{each.unit},",
            f"        {_page_name(each)},",
            "    ),",
        ]
    lines.append(")")
    return "\n".join(lines) + "\n"


def _page_name(each: Class) -> str:
    return f"_PAGE_{len(each.white) - 1}_{each.unit}"


def _constant(name: str, value: bytes) -> list[str]:
    parts = [value[at : at + BYTES_A_LINE] for at in range(0, len(value), BYTES_A_LINE)]
    return [f"{name} = (", *(f'    b"{_escaped(part)}"' for part in parts), ")"]


def _escaped(part: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in part)
