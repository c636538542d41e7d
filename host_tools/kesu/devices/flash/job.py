"""job: takes one pad through its steps. Every error ends in an outcome and affects no other pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kesu.common.errors import KesuError
from kesu.common.uf2 import FLASH
from kesu.common.usb_ids import Mode
from kesu.devices.discovery.find import Pad, at_port, pads
from kesu.devices.discovery.host import Host
from kesu.devices.flash import steps
from kesu.devices.flash.drive import write_drive
from kesu.devices.flash.image import is_older
from kesu.devices.flash.picotool import DeviceInfo, Picotool
from kesu.devices.flash.plan import Outcome, Plan
from kesu.devices.flash.proof import Proof, prove
from kesu.devices.flash.record import Entry
from kesu.devices.flash.steps import Step, Stopped, Verdict
from kesu.images.identity import parsed

DEVICE_DESCRIPTOR_BYTES = 18
_LOOK_EVERY_S = 0.1

Show = Callable[[str, Step, int], None]
"""Callback: the pad's name, its step, and the percentage done."""


class Job:
    """One pad and its plan."""

    def __init__(self, host: Host, pad: Pad, plan: Plan, cancelled: threading.Event, show: Show) -> None:
        self._host = host
        self.pad = pad
        self.name = pad.name
        self._plan = plan
        self._image = plan.image
        self._cancelled = cancelled
        self._show = show
        self.step = Step.WAIT
        self._proof: Proof | None = None
        self._note = ""
        self._started = 0.0

    def run(self) -> Outcome:
        """Run all steps, up to the first that fails."""
        self._started = time.monotonic()
        try:
            self._to_bootsel()
            info = self._identify()
            if self._plan.picotool:
                self._by_picotool(info)
            else:
                self._by_drive()
            if not self._plan.only_check:
                self._restarted()
            outcome = self._outcome(steps.DONE, self._note)
        except Stopped as stop:
            outcome = self._outcome(stop.verdict, stop.note)
        except OSError as error:
            outcome = self._outcome(steps.TOOL_FAILED, f"{error.strerror or error}")
        return self._recorded(outcome)

    # Steps -----------------------------------------------------------------------------------------

    def _to_bootsel(self) -> None:
        self._enter(Step.WAIT)
        if self.pad.mode is Mode.BOOTSEL:
            return
        if self.pad.mode is Mode.SEALED:
            raise Stopped(steps.NO_BOOTSEL, "a sealed pad enters BOOTSEL only by its button")
        self._enter(Step.BOOTSEL)
        before = pads(self._host)
        assert self.pad.tty is not None
        try:
            from kesu.devices.sync.console import Console

            with Console.open(self._host.console(self.pad.tty)) as console:
                console.enter_bootsel()
        except KesuError as error:
            raise Stopped(steps.NO_BOOTSEL, error.message) from error
        found = self._wait(lambda: self._bootsel_since(before))
        if found is None:
            raise Stopped(steps.NO_BOOTSEL, "it did not reappear after the request to restart into BOOTSEL")
        self.pad = replace(found, serial=found.serial or self.pad.serial)

    def _identify(self) -> DeviceInfo | None:
        self._enter(Step.IDENTIFY)
        chip = self.pad.chip
        if chip is not self._image.chip:
            raise Stopped(
                steps.WRONG_CHIP,
                f"the pad has an {chip.name if chip else 'unknown chip'}, "
                f"the image is for an {self._image.chip.name}",
            )
        if self.pad.bus is None or (not self._plan.picotool and not self._can_ask()):
            if self._plan.picotool:
                raise Stopped(
                    steps.TOOL_FAILED, "picotool needs the pad's USB address, which only Linux provides"
                )
            return None
        info = self._tool().info()
        if self.pad.serial and info.serial and self.pad.serial != info.serial:
            raise Stopped(steps.WRONG_IDENTITY, f"{self.pad.serial} was meant, {info.serial} is on this port")
        self.pad = replace(self.pad, serial=info.serial or self.pad.serial)
        self._leave_alone_if_done()
        self._refuse_older(info)
        return info

    def _leave_alone_if_done(self) -> None:
        record = self._plan.record
        if record is None or self.pad.serial is None or not self._plan.resume:
            return
        wanted = (self.pad.serial, self._image.sha256, self._plan.action)
        last = [entry for entry in record.entries() if (entry.serial, entry.sha256, entry.action) == wanted]
        if last and last[-1].result == steps.DONE.word:
            raise Stopped(steps.SKIPPED, f"done before, at {last[-1].time}")

    def _refuse_older(self, info: DeviceInfo) -> None:
        """Refuse a pad that has a newer version, according to its flash or the record."""
        if self._plan.only_check or self._plan.allow_older:
            return
        mine = self._image.version
        shown = f"the image is {mine}" if mine else "the image has no version"
        for description in info.descriptions:
            had = parsed(description)
            if had is None and description.startswith("kesu"):
                raise Stopped(steps.OLDER, f"the version in its flash cannot be read, and {shown}")
            if had is not None and is_older(mine, had.version):
                raise Stopped(steps.OLDER, f"it has {had.name} {had.version}, {shown}")
        recorded = self._recorded_version()
        if recorded and is_older(mine, recorded):
            raise Stopped(steps.OLDER, f"according to the record it has {recorded}, {shown}")

    def _recorded_version(self) -> str:
        """The version last written to this pad according to the record; "" if there is none."""
        record = self._plan.record
        if record is None or self.pad.serial is None:
            return ""
        try:
            entries = record.entries()
        except KesuError as error:
            raise Stopped(steps.TOOL_FAILED, error.message) from error
        wanted = (self.pad.serial, steps.DONE.word)
        done = [entry for entry in entries if (entry.serial, entry.result) == wanted]
        return done[-1].version if done else ""

    def _by_drive(self) -> None:
        if self.pad.drive is None:
            place = f": udisksctl mount -b {self.pad.block}" if self.pad.block else ""
            raise Stopped(steps.TOOL_FAILED, f"its drive is not mounted{place}")
        self._enter(Step.WRITE)
        write_drive(self._host, self.pad.drive, self._image, self._percent, self._cancelled)

    def _by_picotool(self, info: DeviceInfo | None) -> None:
        size = (info.flash_bytes if info else None) or self._image.chip.flash_bytes
        if self._image.uf2.end - FLASH.start > size:
            raise Stopped(steps.WRITE_FAILED, f"the image does not fit into {size:,} bytes of flash")
        with tempfile.TemporaryDirectory(prefix="kesu-") as folder:
            if not self._plan.only_check:
                self._write(Path(folder) / "image.bin")
            self._enter(Step.PROVE)
            self._tool().save(Path(folder) / "flash.bin", self._percent)
            flash = (Path(folder) / "flash.bin").read_bytes()
        if not self._plan.erase:
            flash = flash[: self._image.uf2.end - FLASH.start]
        self._proof = prove(flash, self._image.uf2)
        if not self._proof.holds:
            raise Stopped(steps.NOT_PROVEN, self._proof.detail)
        if not self._plan.only_check:
            self._enter(Step.RESTART)
            self._tool().reboot()

    def _write(self, binary: Path) -> None:
        # picotool fills the last sector of a UF2 with zeros: pass it whole sectors, padded with 0xFF. Write the
        # file before anything is erased, in case the disk is full.
        binary.write_bytes(self._image.whole_sectors())
        if self._plan.erase:
            self._enter(Step.ERASE)
            self._tool().erase(self._percent)
        self._enter(Step.WRITE)
        self._tool().load(binary, self._percent)

    def _restarted(self) -> None:
        self._enter(Step.RESTART)
        port = self.pad.port_path
        if port is None:
            if self._wait(lambda: not (self.pad.drive and self.pad.drive.exists()) or None) is None:
                raise Stopped(steps.NO_START, "its drive is still there: the pad did not accept the image")
            self._note = "its drive is gone; this system does not report on which port it started"
            return
        found = self._wait(lambda: self._running(port))
        if found is None:
            now = at_port(self._host, port)
            where = "it is in BOOTSEL" if now else "it did not reappear on its port"
            raise Stopped(steps.NO_START if now else steps.LOST, where)
        self._enter(Step.CHECK)
        self._check(found)
        self.pad = replace(found, serial=found.serial or self.pad.serial, chip=self.pad.chip)

    def _check(self, found: Pad) -> None:
        if self._image.sealed and found.descriptors:
            # Only Linux exposes descriptors, and the audit's modules load on POSIX systems only.
            from kesu.verify.structure.usb import Enumerated, described

            size = DEVICE_DESCRIPTOR_BYTES
            seen = Enumerated(found.descriptors[:size], found.descriptors[size:])
            wrong = [finding.detail for finding in described(seen) if not finding.holds]
            if wrong:
                raise Stopped(steps.WRONG_IDENTITY, wrong[0])
        wanted = Mode.SEALED if self._image.sealed else Mode.SERVICE
        if found.mode is not wanted:
            raise Stopped(
                steps.WRONG_IDENTITY, f"it runs as a {found.mode.value} pad, not as a {wanted.value} one"
            )
        if found.serial and self.pad.serial and found.serial != self.pad.serial:
            raise Stopped(steps.WRONG_IDENTITY, f"{found.serial} started, {self.pad.serial} was written")

    # Helpers ---------------------------------------------------------------------------------------

    def _can_ask(self) -> bool:
        bus, address = self.pad.bus, self.pad.address
        device = self._host.path(f"/dev/bus/usb/{bus:03d}/{address:03d}")
        return shutil.which(self._host.picotool[0]) is not None and self._host.may_use(device)

    def _tool(self) -> Picotool:
        bus, address = self.pad.bus, self.pad.address
        assert bus is not None
        assert address is not None
        return Picotool(self._host.picotool, bus, address, self._cancelled)

    def _enter(self, step: Step) -> None:
        if self._cancelled.is_set():
            raise Stopped(steps.INTERRUPTED, "")
        self.step = step
        self._show(self.name, step, 0)

    def _percent(self, percent: int) -> None:
        self._show(self.name, self.step, percent)

    def _wait(self, look: Callable[[], Pad | bool | None]) -> Pad | None:
        """The result of `look` within the plan's timeout; None when it finds nothing."""
        deadline = time.monotonic() + self._plan.patience_s
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found if isinstance(found, Pad) else self.pad
            if self._cancelled.wait(_LOOK_EVERY_S):
                raise Stopped(steps.INTERRUPTED, "")
        return None

    def _bootsel_since(self, before: list[Pad]) -> Pad | None:
        port = self.pad.port_path
        now = [pad for pad in pads(self._host) if pad.mode is Mode.BOOTSEL]
        if self._host.linux and port is not None:
            # The drive is mounted a moment after the device appears.
            return next(
                (pad for pad in now if pad.port_path == port and (pad.drive or self._plan.picotool)), None
            )
        fresh = [pad for pad in now if pad.drive not in {old.drive for old in before}]
        return fresh[0] if len(fresh) == 1 else None

    def _running(self, port: str) -> Pad | None:
        found = at_port(self._host, port)
        return found if found and found.mode is not Mode.BOOTSEL else None

    def _outcome(self, verdict: Verdict, note: str) -> Outcome:
        seconds = time.monotonic() - self._started
        if verdict is steps.INTERRUPTED:
            note = f"the pad is {steps.STANDING[self.step]}"
        step = Step.DONE if verdict.code == 0 else self.step
        self._show(self.name, step, 100)
        return Outcome(self.pad, verdict, step, note, self._proof.detail if self._proof else "", seconds)

    def _recorded(self, outcome: Outcome) -> Outcome:
        record = self._plan.record
        untouched = outcome.verdict is steps.INTERRUPTED and self.step in steps.BEFORE_WRITING
        if record is None or self._plan.only_check or untouched or outcome.verdict is steps.SKIPPED:
            return outcome
        entry = Entry(
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            serial=outcome.pad.serial or "",
            port=outcome.pad.name,
            chip=outcome.pad.chip.name if outcome.pad.chip else self._image.chip.name,
            image=self._image.name,
            sha256=self._image.sha256,
            action=self._plan.action,
            result=outcome.verdict.word,
            proof=outcome.proof,
            note=outcome.note,
            version=self._image.version,
        )
        try:
            record.append(entry)
        except KesuError as error:
            return replace(outcome, verdict=steps.NOT_RECORDED, step=Step.RECORD, note=error.message)
        return outcome
