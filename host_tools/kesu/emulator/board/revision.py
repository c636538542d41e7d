"""revision: the supply of the pad's two boards, and when GP24 shows that the cable is out.

The first board has what both Picos have: VBUS - 5.6 k - GP24 - 10 k - ground. The second has 4.7 k from VBUS to
ground besides (R9), switches its charger and its bleed, and senses the cell. Each figure names its source; what is
assumed says so. Circuit and tables: hardware/hold-up.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from math import log

from kesu.emulator.board.power import VbusSense

SERIES_OHMS, GROUND_OHMS = 5_600.0, 10_000.0
"""Divider of GP24 on Pico and Pico 2 (their datasheets, schematic)."""
VIL_V = 0.8
"""A pad reads 0 up to here (RP2040 datasheet 5.5.3.4); between VIL and VIH it may read either, the model reads 1."""
VBUS_V = 4.6
"""VBUS once its port is switched off: the pad's own load has taken it to VSYS, then D1 blocks."""
ROOM_C = 25.0


@dataclass(frozen=True)
class Diode:
    """The Pico's diode from VBUS to VSYS: its leakage at 25 degrees in amperes, and the kelvin that double it."""

    name: str
    amperes: float
    doubles_k: float = 10.0

    def leaks(self, celsius: float) -> float:
        """Amperes from VSYS into VBUS."""
        return float(self.amperes * 2.0 ** ((celsius - ROOM_C) / self.doubles_k))


@dataclass(frozen=True)
class Chip:
    """A chip's GP24: amperes that the pad sources while it is between VIL and VIH (erratum RP2350-E9)."""

    name: str
    latch_a: float = 0.0


MBR120 = Diode("MBR120VLSFT1G", 27e-6)
"""Of the Pico: 0.42 V on an open VBUS, so 27 uA into 15.6 k (pico-feedback #391); doubling by 10 K is usual."""
PMEG6010 = Diode("PMEG6010ELR", 1e-6)
"""Of the Pico 2: a low-leakage type; 1 uA at 5 V and 25 degrees is assumed."""
RP2040 = Chip("RP2040")
RP2350_A2 = Chip("RP2350 A2", 120e-6)
"""120 uA, overcome by 8.2 k or less (RP2350 datasheet, RP2350-E9)."""
RP2350_A4 = Chip("RP2350 A4")
"""Steppings A3 and A4 do not have the erratum (raspberrypi.com, RP2350 A4)."""


@dataclass(frozen=True)
class Port:
    """What is at the other end of the cable: farads that stay on VBUS when its power is switched off; 0: pulled."""

    name: str
    farads: float = 0.0


PULLED = Port("cable pulled")
HUB = Port("hub port off", 120e-6)
"""The least capacitance of a port (USB 2.0 section 7.2.4.1)."""
DOCK = Port("dock off", 470e-6)
"""Four times the least; assumed, because no upper limit is specified."""


@dataclass(frozen=True)
class Place:
    """One pad in one place: chip, diode, port and temperature of its case."""

    chip: Chip
    diode: Diode
    port: Port = PULLED
    celsius: float = ROOM_C

    @property
    def name(self) -> str:
        return f"{self.chip.name} with {self.diode.name} at {self.celsius:g} degrees, {self.port.name}"


@dataclass(frozen=True)
class Revision:
    """A revision of the board. vbus_ohms: from VBUS to ground, None without."""

    name: str
    vbus_ohms: float | None

    def discharge_ohms(self) -> float:
        """What discharges VBUS once the cable is out."""
        divider = SERIES_OHMS + GROUND_OHMS
        return divider if self.vbus_ohms is None else 1.0 / (1.0 / divider + 1.0 / self.vbus_ohms)

    def pull_down_ohms(self) -> float:
        """From GP24 to ground with the cable out."""
        if self.vbus_ohms is None:
            return GROUND_OHMS
        return 1.0 / (1.0 / GROUND_OHMS + 1.0 / (SERIES_OHMS + self.vbus_ohms))

    def rests_v(self, place: Place) -> float:
        """GP24 in the end, volts: what leakage and erratum leave there."""
        share = GROUND_OHMS / (SERIES_OHMS + GROUND_OHMS)
        leaked = place.diode.leaks(place.celsius) * self.discharge_ohms() * share
        return leaked + place.chip.latch_a * self.pull_down_ohms()

    def sense(self, place: Place) -> VbusSense:
        """How GP24 reacts to an unplug in that place: an exponential from VBUS_V to where it rests."""
        share = GROUND_OHMS / (SERIES_OHMS + GROUND_OHMS)
        rests = self.rests_v(place)
        if rests >= VIL_V:
            return VbusSense(f"{place.name}: GP24 stays at {rests:.2f} V", None)
        start = VBUS_V * share + place.chip.latch_a * self.pull_down_ohms()
        seconds = self.discharge_ohms() * place.port.farads * log((start - rests) / (VIL_V - rests))
        return VbusSense(f"{place.name}: GP24 reads 0 after {seconds:.2f} s", 1_000.0 * seconds)


FIRST = Revision("first", None)
SECOND = Revision("second", 4_700.0)
REVISIONS = {revision.name: revision for revision in (FIRST, SECOND)}

PLACES = (
    Place(RP2040, MBR120),
    Place(RP2040, MBR120, HUB),
    Place(RP2040, MBR120, celsius=45.0),
    Place(RP2350_A2, PMEG6010),
    Place(RP2350_A4, PMEG6010, HUB),
)
"""Places that the second board is made for."""
HARD_PLACES = (
    Place(RP2040, MBR120, DOCK, 50.0),
    Place(RP2040, MBR120, celsius=60.0),
    Place(RP2350_A2, PMEG6010, DOCK, 60.0),
)
"""Docks and hot cases."""
BEYOND = Place(RP2350_A2, MBR120, celsius=45.0)
"""Erratum and leaky diode together, as no Pico has them: 4.7 k is not enough."""
