"""texts: the content of each generated file, from the specifications and the file as it is."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from kesu.images.policy.document import preset_text
from kesu.images.toolchain.panel_modules import panel_files
from kesu.images.toolchain.policy_modules import policy_files
from kesu.spec import calls
from kesu.spec.call_line import (
    CALL_BYTES,
    MODEM_BIT_TEXTS,
    MODEM_BITS,
    MUTED,
    PAID,
    PAYMENT,
    PRODUCT,
    UNMUTED,
    VENDOR,
    WIPING,
    CallByte,
)
from kesu.spec.panels import DEFAULT_PANEL, FILMS, PANELS, Body
from kesu.spec.policy import SETTINGS
from kesu.spec.waveforms import SPEC

from kesu_dev.generate import agent_policies, browser_policies, luts

COMMAND = "`kesu dev generate`"
POLICIES = "docs/examples/browser-policies"
AGENT_POLICIES = "docs/examples/windows-policies"
LINES = re.compile(r"(# generated from [^\n]*\n).*?(# end of generated\n)", re.S)
TABLE = re.compile(r"(<!-- generated: call line -->\n).*?(<!-- end of generated -->)", re.S)
POLICY = re.compile(r"(<!-- generated: policy -->\n).*?(<!-- end of generated -->)", re.S)


class NoPlace(ValueError):
    """A file has lost the marks between which lines are generated."""


def _between(marks: re.Pattern[str], text: str, new: str) -> str:
    found, count = marks.subn(lambda match: f"{match[1]}{new}{match[2]}", text)
    if count != 1:
        raise NoPlace(f"it has {count} places for generated lines, not one")
    return found


def callline_module(text: str) -> str:
    """firmware/kesu_pad/callline.py: constants of the bytes from the host and of the bits to it.

    Constants that begin with an underscore take neither memory nor time in MicroPython: the compiler puts their
    values where they are used. Those of another module would be looked up each time.
    """
    lines = ["# Bytes from the host.\n"]
    for one in CALL_BYTES.values():
        lines.append(f"_{one.name.upper()} = const(0x{one.byte[0]:02X})  # {one.byte.decode()}: {one.what}\n")
    lines.append("# PSTN 1.2 table 31, UART state bitmap.\n")
    for name, mask in sorted(MODEM_BITS.items(), key=lambda item: item[1]):
        lines.append(f"{name} = const(0x{mask:02X})  # {MODEM_BIT_TEXTS[name]}\n")
    return _between(LINES, text, "".join(lines))


def call_line_table(text: str) -> str:
    """docs/architecture.md: what each byte does."""

    def row(one: CallByte) -> str:
        return f"| `{one.byte.decode()}` {one.what} | {one.with_note} | {one.without_note} |\n"

    head = "| from the host | with a note | without a note |\n|---|---|---|\n"
    last = "| DTR drops, bus reset, new configuration, bus asleep, VBUS gone | wipe | wipe |\n"
    return _between(TABLE, text, f"\n{head}{''.join(map(row, CALL_BYTES.values()))}{last}\n")


def policy_table(text: str) -> str:
    """docs/policy.md: every setting, in the order of the block."""
    rows = [
        f"| `{each.name}` | {each.en} | {each.allowed.removeprefix('a whole number from ')} "
        f"| {each.written(each.default)} | {each.written(each.strictest)} |\n"
        for each in SETTINGS
    ]
    head = "| setting | what it is | allowed | default | strictest |\n|---|---|---|---|---|\n"
    return _between(POLICY, text, f"\n{head}{''.join(rows)}\n")


def _shape(panel: Body, active_mm: tuple[float, float]) -> dict[str, object]:
    measures: dict[str, object] = {
        "bodyWidth": panel.width,
        "bodyHeight": panel.height,
        "left": panel.left,
        "top": panel.top,
        "glassWidth": active_mm[0],
        "glassHeight": active_mm[1],
    }
    return measures | ({"keys": panel.keys} if panel.keys else {})


def _typescript(value: object, indent: int) -> str:
    """A value as a formatter would leave it: one member a line."""
    space = "  " * indent
    if value == {}:
        return "{}"
    if isinstance(value, dict):
        inner = "".join(
            f"{space}  {name if name.isidentifier() else json.dumps(name)}: {_typescript(each, indent + 1)},\n"
            for name, each in value.items()
        )
        return f"{{\n{inner}{space}}}"
    if isinstance(value, float):
        return f"{value:g}"
    text = json.dumps(value, ensure_ascii=False)
    return "'" + text[1:-1].replace('\\"', '"') + "'" if '\\"' in text and "'" not in text else text


def typescript_module(_text: str) -> str:
    """host_tools/web/bench/spec.gen.ts: the facts that the page and the second bench need."""
    films: dict[str, object] = {}
    for film in FILMS.values():
        panel = film.panel
        films[film.key] = {
            "image": panel.name,
            "controller": panel.controller,
            "film": film.name,
            "touch": panel.touch.chip,
            "width": panel.width,
            "height": panel.height,
            "title": film.title,
            "shape": _shape(panel.body, panel.active_mm),
        }

    def listed(texts: list[str]) -> str:
        return f"[{', '.join(map(json.dumps, texts))}]"

    call_bytes = listed([one.byte.decode() for one in CALL_BYTES.values()])
    named = {name: one.byte.decode() for name, one in CALL_BYTES.items()}
    wiping = [one.byte.decode() for one in CALL_BYTES.values() if one.wipes != "never"]
    return (
        "// SPDX-License-Identifier: MIT\n"
        f"// spec.gen: generated from host_tools/kesu/spec by {COMMAND}. Do not edit.\n"
        "\n"
        "// Bytes from the host, in the order of the page's buttons.\n"
        f"export const CALL_BYTES = {call_bytes} as const;\n"
        "export type CallByte = (typeof CALL_BYTES)[number];\n"
        f"export const BYTE_OF = {_typescript(named, 0)} as const satisfies Record<string, CallByte>;\n"
        "// Bytes that wipe a note, or do so under some policies or in after-call work.\n"
        f"export const WIPING_BYTES: ReadonlySet<string> = new Set({listed(wiping)});\n"
        "// From the pad: bits of the UART state bitmap (USB PSTN 1.2 table 31).\n"
        f"export const MODEM_BITS = {_typescript(dict(MODEM_BITS), 0)} as const;\n"
        "\n"
        "// Panels for which images are built, and what can be fitted: a panel with one of its films.\n"
        f"export const BUILT_PANELS = {listed(list(PANELS))} as const;\n"
        "export type BuiltPanel = (typeof BUILT_PANELS)[number];\n"
        f"export const DEFAULT_PANEL = {json.dumps(DEFAULT_PANEL)};\n"
        f"export const PANELS = {_typescript(films, 0)} as const;\n"
        "export type PanelName = keyof typeof PANELS;\n"
        "export const PANEL_NAMES = Object.keys(PANELS) as PanelName[];\n"
    )


def line_tables_module(_text: str) -> str:
    """host_tools/web/line/tables.gen.ts: the tables of the agent's state machine and line, for @kesu/line."""
    flags = {"muted": MUTED, "unmuted": UNMUTED, "payment": PAYMENT, "paid": PAID}
    words = "".join(f"  {json.dumps(word)}, // {meaning}\n" for word, meaning in calls.EVENTS.items())
    numbers = "".join(
        f"export const {name.upper()} = {value:g};\n" for name, value in (calls.LIMITS | calls.LINE).items()
    )
    open_phases = {phase: following for phase, following in calls.FOLLOWING.items() if following}
    return (
        "// SPDX-License-Identifier: MIT\n"
        f"// tables.gen: generated from host_tools/kesu/spec by {COMMAND}. Do not edit.\n"
        "\n"
        "// USB numbers of a pad.\n"
        f"export const VENDOR = {VENDOR:#06x};\n"
        f"export const PRODUCT = {PRODUCT:#06x};\n"
        "// Bytes that wipe a note under every policy.\n"
        f"export const WIPING = {json.dumps(WIPING.decode())};\n"
        f"export const FLAG = {_typescript({name: byte.decode() for name, byte in flags.items()}, 0)} as const;\n"
        "// What a source may report.\n"
        f"export const WORDS = [\n{words}] as const;\n"
        "export type Word = (typeof WORDS)[number];\n"
        "// States in order of precedence, with the byte for the pad; none where DTR falls.\n"
        f"export const STATES = {_typescript({name: byte.decode() for name, byte in calls.STATES.items()}, 0)}"
        " as const;\n"
        "export type State = keyof typeof STATES;\n"
        "// Events that end a call in every phase.\n"
        f"export const ENDS: readonly string[] = {json.dumps(calls.ENDS)};\n"
        "// Phase of an open call, or none -> event -> following phase; a pair that is missing changes nothing.\n"
        f"export const PHASES: {{ [phase: string]: {{ [word: string]: string }} }} ="
        f" {_typescript(open_phases, 0)};\n"
        "// Seconds and counts: calls.toml says what each is for.\n"
        f"{numbers}"
    )


TEXTS: dict[str, Callable[[str], str]] = {
    "firmware/kesu_pad/callline.py": callline_module,
    "docs/architecture.md": call_line_table,
    "docs/policy.md": policy_table,
    "host_tools/web/bench/spec.gen.ts": typescript_module,
    "host_tools/web/line/tables.gen.ts": line_tables_module,
    f"{POLICIES}/chrome-or-edge-linux.json": browser_policies.linux_json,
    f"{POLICIES}/chrome-or-edge-macos.plist": browser_policies.mac_plist,
    f"{POLICIES}/extension-macos.plist": browser_policies.mac_extension_plist,
    f"{POLICIES}/chrome-windows.reg": lambda _: browser_policies.windows_reg("chrome"),
    f"{POLICIES}/edge-windows.reg": lambda _: browser_policies.windows_reg("edge"),
    f"{AGENT_POLICIES}/{agent_policies.FILE}.admx": agent_policies.admx,
    f"{AGENT_POLICIES}/en-US/{agent_policies.FILE}.adml": lambda _: agent_policies.adml("en"),
    f"{AGENT_POLICIES}/ja-JP/{agent_policies.FILE}.adml": lambda _: agent_policies.adml("ja"),
}
"""What makes the text of each file, by its path in the checkout, from its present text. The files that depend on the
panel are checked in for the default panel; an image gets its own."""


def _always(text: str) -> Callable[[str], str]:
    return lambda _: text


def stale(root: Path) -> dict[Path, str]:
    """The files below `root` whose generated part is not current, with their new text."""
    found = {}
    made = panel_files(DEFAULT_PANEL) | policy_files()
    files = {f"firmware/{name}": text for name, text in made.items()}
    files["host_tools/kesu/images/policy/presets/standard.toml"] = preset_text()
    files |= {luts.module_path(chip): luts.module_text(chip) for chip in SPEC.chips.values()}
    for name, make in (TEXTS | {name: _always(text) for name, text in files.items()}).items():
        path = root / name
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        try:
            new = make(old)
        except NoPlace as error:
            raise NoPlace(f"{name}: {error}") from None
        if new != old:
            found[path] = new
    return found
