"""words: names of events, resources and verdicts for readers of reports."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

EVENTS = {
    "E1": "WIPE key pressed",
    "E2": "Call ended",
    "E3": "No pen for a while",
    "E4": "Note too old",
    "E5": "AWAY (離席), key or call line",
    "E6": "PC locked",
    "E7": "Call line lost",
    "E8": "PC asleep or off",
    "E9": "Unplugged",
    "E10": "Fault in the pad",
    "E11": "Watchdog",
    "E12": "Reset",
    "E13": "Power-on",
}

RESOURCES = {
    "R1": "Note buffers",
    "R2": "Rest of RAM",
    "R3": "USB and bus buffers",
    "R4": "Registers that survive a reset",
    "R5": "Flash cache used as RAM",
    "R6": "Flash",
    "R7": "Panel's image memory",
    "R8": "The glass",
    "R9": "Touch controller",
    "R10": "Seen by the PC",
}

VERDICTS = {
    "HOLDS": "After every wipe event that was tried, nothing of the note was found anywhere on the pad.",
    "BROKEN": "At least one check failed. Do not rely on this image to forget what was written.",
    "INCOMPLETE": "The run did not try all that its profile demands. What is listed here was checked; "
    "the rest was not.",
}

HOLDS_ON_A_RIG = (
    "After every wipe event that was tried, no part of the note was in the memories that a test rig reads, nor on the "
    "glass that a model computed from what the pad sent to the simulated panel."
)
"""Instead of the text in VERDICTS."""

SIGNS = {"HOLDS": "✓", "BROKEN": "✗", "INCOMPLETE": "‖"}

TARGETS = {
    "EMULATED": "This run used a virtual pad: the real firmware image on an emulated processor, "
    "with models of the panel, the touch chip, the keys and the PC. No physical pad was measured.",
    "HARDWARE": "This run used a physical pad in a test rig. The rig simulated panel, touch chip, keys and cable: "
    "R8 is computed from planes and waveforms that the pad sent, and no glass was looked at.",
}

PROMISE = (
    "Notes live in RAM only. After any wipe event, no byte and no visible mark that depends on what was "
    "written remains in any resource of the pad, within the stated time. Nothing the pad can send "
    "carries the note."
)

LIMITS = (
    "During a call, someone who opens the case can read the RAM of an RP2040 (through RUN and "
    "BOOTSEL, or the debug port). The promise begins with a wipe event.",
    "If power fails and there is no hold-up capacitor, the glass keeps showing the note until the "
    "next power-on.",
    "A photograph of the glass, and what the operator remembers, are outside of any pad's reach.",
    "Fragments shorter than eight bytes cannot be distinguished from chance in all of the RAM. Buffers that "
    "could hold them must be all zero, and pairs of runs are compared byte for byte.",
    "Card numbers do not belong on the pad: wiping is not an audited deletion under any card scheme's rules.",
)

EMULATION_LIMITS = (
    "Residual images on the glass come from a model whose residues per waveform are estimates; see "
    "docs/hardware-facts.md.",
    "Not emulated: the second core (the firmware starts none), BOOTSEL mode, the timing of the flash cache; on a "
    "Pico 2 the time and the RAM that its boot ROM uses before the image runs.",
)

PICTURES = {
    "glass-before": "The glass, with a note",
    "glass-after": "The glass, after the wipe",
    "ram-before": "All of RAM, with a note",
    "ram-after": "All of RAM, after the wipe",
}


def event_order(event: str) -> tuple[int, str]:
    """Sort key: E2 before E10."""
    digits = event[1:]
    return (int(digits), event) if digits.isdigit() else (1_000, event)


def milliseconds(value: float | None) -> str:
    """A time as text: 3.2 ms, 18 ms, 1,800 ms; "never" for None."""
    if value is None:
        return "never"
    return f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms"
