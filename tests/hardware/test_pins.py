"""test_pins: firmware, start-up, board files, benches and documents agree with hardware/pins.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from kesu.emulator.board import wiring

ROOT = Path(__file__).parents[2]
PINS = tomllib.loads((ROOT / "hardware" / "pins.toml").read_text(encoding="utf-8"))
SIGNALS = PINS["signal"]
CARRIER = PINS["carrier"]
GPIO = {name: signal["gpio"] for name, signal in SIGNALS.items()}

BOARD = ROOT / "firmware" / "kesu_pad" / "board.py"
BOOT_PANEL = ROOT / "firmware" / "native" / "boot_panel.c"
CELL = ROOT / "firmware" / "native" / "cell.c"
PINS_CSV = sorted((ROOT / "firmware" / "boards").glob("*/pins.csv"))
SECOND_BENCH = ROOT / "host_tools" / "web" / "bench" / "wiring.ts"
FACTS = ROOT / "docs" / "hardware-facts.md"

# The Pico's header, Pico datasheet figure 2: GPIO -> pin, for the lines that a pad can reach.
HEADER = dict(
    zip(
        [*range(23), 26, 27, 28],
        [1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 29, 31, 32, 34],
        strict=True,
    )
)


def pin_of(node: ast.AST) -> tuple[int, bool, str] | None:
    """Number, pull-up and direction of a call `Pin(...)`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Pin"):
        return None
    number = node.args[0]
    assert isinstance(number, ast.Constant)
    assert isinstance(number.value, int)
    words = [argument.attr for argument in node.args[1:] if isinstance(argument, ast.Attribute)]
    direction = {"IN": "in", "OUT": "out"}.get(words[0], words[0]) if words else "bus"
    return number.value, "PULL_UP" in words, direction


def board_pins(text: str) -> dict[str, tuple[int, bool, str]]:
    """Attribute of Board, or `bus.argument`, -> its pin, read from the source."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            pin = pin_of(node.value)
            if pin is not None:
                found[node.targets[0].attr] = pin
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("SPI", "I2C"):
            for keyword in node.keywords:
                pin = pin_of(keyword.value)
                if pin is not None:
                    found[f"{node.func.id.lower()}.{keyword.arg}"] = pin
    return found


def board_as_it_should_be() -> dict[str, tuple[int, bool, str]]:
    return {
        signal["board"]: (signal["gpio"], signal.get("pull") == "pull-up", signal["direction"])
        for signal in (SIGNALS | CARRIER).values()
        if "board" in signal
    }


def start_up_pins(text: str) -> dict[str, int]:
    """Signal -> number, of the pin definitions in boot_panel.c."""
    found = re.findall(r"^#define ((?:PANEL|TOUCH)_\w+) \((\d+)\)$", text, re.MULTILINE)
    named = {("PANEL_CLK" if name == "PANEL_SCK" else name): int(number) for name, number in found}
    named.pop("PANEL_HZ")
    return named


def second_bench_pins(text: str) -> dict[str, int]:
    """Signal -> number, of the constants at the top of the TypeScript bench's wiring."""
    head = text.split("export interface", maxsplit=1)[0]
    found = re.findall(r"\b([A-Z_]+) = (\d+)\b", head)
    named = {(f"{name}_KEY" if name in ("WIPE", "AWAY", "MODE") else name): int(pin) for name, pin in found}
    named.pop("BITS_PER_BYTE")
    assert (named.pop("CELL"), named.pop("VSYS")) == (wiring.CELL_CHANNEL, wiring.VSYS_CHANNEL)
    return named


def csv_pins(text: str) -> dict[str, int]:
    rows = [line.split(",") for line in text.split()]
    return {name: int(pin.removeprefix("GPIO")) for name, pin in rows}


def documented_pins(text: str) -> dict[str, list[str]]:
    """Signal -> the other cells of its row in the table of pins."""
    section = text.split("## Pin map")[1].split("\n## ", maxsplit=1)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines()]
    return {row[0]: row[1:] for row in rows if row and re.fullmatch(r"[A-Z_]+", row[0])}


def documented_as_it_should_be() -> dict[str, list[str]]:
    return {
        name: [
            str(signal["gpio"]),
            str(signal.get("header", "-")),
            signal["direction"],
            signal.get("active", "-"),
            signal.get("pull", "-"),
            signal["what"],
        ]
        for name, signal in (SIGNALS | CARRIER).items()
    }


def subset(names: set[str]) -> dict[str, int]:
    return {name: GPIO[name] for name in names}


# SDA and SCL go to the emulators' peripherals, which have no pin numbers for them.
EMULATED = set(GPIO) - {"TOUCH_SDA", "TOUCH_SCL"}
START_UP = {name for name in GPIO if name.startswith("PANEL_")} | {"TOUCH_RST"}


def test_the_map_has_one_line_per_pin_and_matches_the_header() -> None:
    assert len(set(GPIO.values())) == len(GPIO) == 16
    for name, signal in SIGNALS.items():
        assert signal.get("header") == HEADER.get(signal["gpio"]), name
    supplies = [pin for pins in PINS["supply"].values() for pin in pins]
    used = [signal["header"] for signal in SIGNALS.values() if "header" in signal]
    every = supplies + used + PINS["forbidden"]["RUN"]
    assert len(every) == len(set(every)), "no header pin has two uses"


def test_the_carriers_own_lines_are_free_on_other_boards() -> None:
    assert set(CARRIER) == {"CHARGE", "CELL_SENSE"}
    for name, line in CARRIER.items():
        assert line["header"] == HEADER[line["gpio"]], name
        assert line["gpio"] not in GPIO.values()


def test_the_converter_reads_the_cells_pin() -> None:
    defined = dict(
        re.findall(r"^#define (PIN|INPUT) \((\d+)\)$", CELL.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert int(defined["PIN"]) == CARRIER["CELL_SENSE"]["gpio"]
    assert int(defined["INPUT"]) == CARRIER["CELL_SENSE"]["gpio"] - 26 == wiring.CELL_CHANNEL


def test_the_board_module_has_the_pins() -> None:
    assert board_pins(BOARD.read_text(encoding="utf-8")) == board_as_it_should_be()


def test_the_start_up_in_c_has_the_pins() -> None:
    assert start_up_pins(BOOT_PANEL.read_text(encoding="utf-8")) == subset(START_UP)


@pytest.mark.parametrize("file", PINS_CSV, ids=lambda file: file.parent.name)
def test_the_board_files_have_the_pins(file: Path) -> None:
    assert csv_pins(file.read_text(encoding="utf-8")) == GPIO


def test_both_boards_are_checked() -> None:
    assert [file.parent.name for file in PINS_CSV] == ["KESU_PICO", "KESU_PICO2"]


def test_the_virtual_pad_has_the_pins() -> None:
    keys = {f"{key}_KEY": gpio for key, gpio in wiring.KEY_GPIO.items()}
    others = {name: getattr(wiring, name) for name in EMULATED - set(keys)}
    assert keys | others == subset(EMULATED)


def test_the_second_bench_has_the_pins() -> None:
    assert second_bench_pins(SECOND_BENCH.read_text(encoding="utf-8")) == subset(EMULATED)


def test_the_document_has_the_pins() -> None:
    assert documented_pins(FACTS.read_text(encoding="utf-8")) == documented_as_it_should_be()


@pytest.mark.parametrize(
    ("file", "reader", "right", "old", "new"),
    [
        (BOARD, board_pins, board_as_it_should_be, "Pin(16, Pin.OUT", "Pin(18, Pin.OUT"),
        (BOARD, board_pins, board_as_it_should_be, "scl=Pin(7)", "scl=Pin(5)"),
        (BOARD, board_pins, board_as_it_should_be, "Pin(22, Pin.IN, Pin.PULL_UP)", "Pin(22, Pin.IN)"),
        (BOOT_PANEL, start_up_pins, lambda: subset(START_UP), "PANEL_DC (8)", "PANEL_DC (7)"),
        (SECOND_BENCH, second_bench_pins, lambda: subset(EMULATED), "HOOK = 22", "HOOK = 21"),
        (PINS_CSV[1], csv_pins, lambda: GPIO, "HOOK,GPIO22", "HOOK,GPIO21"),
        (FACTS, documented_pins, documented_as_it_should_be, "| MODE_KEY | 15 |", "| MODE_KEY | 14 |"),
    ],
)
def test_a_wrong_pin_is_found(
    file: Path, reader: Callable[[str], object], right: Callable[[], object], old: str, new: str
) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, "the wrong pin replaces the right one"
    assert reader(text.replace(old, new)) != right()
