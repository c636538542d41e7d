"""probe: shows that ink really reaches the place of a leak, and that it does not in the firmware without the leak.

The same scene is played with two inks. A leak is present if its place differs between them at an instant later than the
last bound, and does not differ at that instant on a pad with the base image.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
import pickle
import resource
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import kesu.emulator
from kesu.common.atomic import replace_file
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.fork import Failed, ForkError, ForkLost, fork_run
from kesu.emulator.scenario import move_timer, wait_ready
from kesu.images.toolchain.inputs import combined, file_hash, tree_files
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.leaks import observe, playing
from kesu.verify.leaks.ground import Ground, Void
from kesu.verify.leaks.moments import HOUR_MS
from kesu.verify.leaks.observe import Bench, Seen
from kesu.verify.leaks.parts import Leak
from kesu.verify.leaks.playing import INKS, Playing
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search.measure import owners
from kesu.verify.subject import on_copy

INSTANTS_MS = (70.0, 250.0, 600.0, 1_300.0, 3_090.0, 4_700.0)
ASKED_MS = 2_900.0
LATE_MS = 10_800.0
"""For values that move to their place ten seconds after the event."""
HOUR_WOKEN_MS = 3_000.0
STARTED_MS = 400.0
READY_MS = 6_000.0
PROBE_S = 3_600.0
PROBE_CPU_S = 20
"""Processor time of a scene, ten times as long as the slowest without a leak on the RP2040. A leak that lets PIO run,
for example, costs hours to emulate, and is void."""
OUTSIDE = ("line", "refreshes", "planes", "pins")
"""Readings of what a pad shows outside."""
SAME_AS_A_NOTE = ("asked", "packet", "coding", "note")
"""Beginnings of scenes that without a leak keep and show the same as a note alone."""
LATE, HOUR, BOOT = "ten seconds later", "an hour later", "after the next start"
LABELS = (*(f"+{instant:g} ms" for instant in INSTANTS_MS), LATE, HOUR, BOOT)
"""Instants of a scene. The last three are only played when a leak needs them."""


@dataclass(frozen=True)
class Played:
    """A scene with one ink. seen: by label."""

    seen: Mapping[str, Seen]


class Probe:
    """Probes leaks on one ground; what the base image shows is kept."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._base: dict[str, Any] = {}
        _made_of()  # now: a campaign outlives changes of the files

    def demand_ink(self, leak: Leak) -> None:
        """Raises Void if the registered buffer that the leak reads is the same with both inks: no image is built."""
        if leak.owner is None:
            return
        mine, theirs = (owned[leak.owner] for owned in self._written(leak.scene))
        part = slice(None) if leak.word is None else slice(4 * leak.word, 4 * leak.word + 4)
        if mine[part] == theirs[part]:
            raise Void("its source holds no ink in that scene")

    def present(self, leaks: Sequence[Leak], image: BuiltImage, pad: VirtualPad) -> dict[str, str]:
        """For each leak by name when its ink was seen; "" if it never was. pad: READY, with all of them in its image.
        Each leak has a place of its own. Raises ForkLost if the emulation of several takes too long."""
        scenes = dict.fromkeys(leak.scene for leak in leaks)
        looks = [_look_for(scene, [leak for leak in leaks if leak.scene == scene]) for scene in scenes]
        try:
            twice = _played_twice(looks, image, pad)
        except ForkLost:
            if len(leaks) > 1:
                raise
            return {leaks[0].name: ""}
        found: dict[str, str] = {}
        for leak in leaks:
            played = [one for one in twice[leak.scene] if isinstance(one, Played)]
            whole = len(played) == len(INKS)
            found[leak.name] = self._when(leak, played, pad) if whole else ""
        return found

    def _when(self, leak: Leak, played: list[Played], pad: VirtualPad) -> str:
        reading = leak.sink.reading
        for label in LABELS:
            if any(label not in one.seen for one in played):
                continue
            mine, theirs = (one.seen[label].at(reading, pad.memory_map) for one in played)
            if mine == theirs or not mine or not theirs:
                continue
            control = {
                one.seen[label].at(reading, self._ground.pad.memory_map)
                for one in self._control(leak)
                if label in one.seen
            }
            if len(control) <= 1:
                both = (
                    f"{mine.hex()} and {theirs.hex()}" if len(mine) == len(theirs) <= 8 else "the two differ"
                )
                return f"{label}: {both}"
        return ""

    def _control(self, leak: Leak) -> list[Played]:
        """What the base image shows. What it keeps after a wipe is the same after every scene; what it shows outside is
        compared in the leak's own. What the host asks for, or sends, and earlier notes change nothing without the
        leak."""
        ground = self._ground
        if leak.sink.reading.kind in OUTSIDE and not leak.scene.startswith(SAME_AS_A_NOTE):
            # Scenes have parameters: no register is read, and no instant played that this leak does not need.
            scene, needs, addresses = leak.scene, _needs([leak]), frozenset[int]()
        else:
            scene, needs = "note", frozenset((LATE, HOUR, BOOT))
            addresses = frozenset(ground.readable)
        return self._kept(  # type: ignore[no-any-return]  # rp2040py has no types
            " ".join((f"scene {scene}", *sorted(needs))),
            lambda: _base_played(_Look(scene, needs, addresses), ground),
        )

    def _written(self, scene: str) -> list[tuple[bytes, ...]]:
        """The registered buffers of the base image just before the event, with each ink. What the host asks for, or
        sends, and earlier notes change nothing in them without the leak."""
        scene = "note" if scene.startswith(SAME_AS_A_NOTE) else scene
        policy = Policy.of(self._ground.kit.base)
        return self._kept(  # type: ignore[no-any-return]  # rp2040py has no types
            f"owners {scene}",
            lambda: [
                fork_run(Playing(self._ground.pad, ink, policy), partial(_owned, scene), PROBE_S)
                for ink in range(len(INKS))
            ],
        )

    def _kept(self, name: str, play: Callable[[], Any]) -> Any:
        """What `play` gives on the base image; kept beside the kit."""
        if name not in self._base:
            kept = self._ground.kit.place / f"{name} {_made_of()}"
            if not kept.is_file():
                replace_file(kept, zlib.compress(pickle.dumps(play())))
            self._base[name] = pickle.loads(zlib.decompress(kept.read_bytes()))
        return self._base[name]


@functools.cache
def _made_of() -> str:
    """Hash of what a scene on the base image depends on, beside the image."""
    package = Path(kesu.emulator.__file__).parent
    files = [path for path in tree_files(package) if path.suffix in (".py", ".c", ".h")]
    files += [Path(str(module.__file__)) for module in (notes, playing, observe)] + [Path(__file__)]
    return combined([file_hash(path) for path in files])[:16]


def _needs(leaks: Sequence[Leak]) -> frozenset[str]:
    """The instants of the last three that these leaks need."""
    found = {HOUR for leak in leaks if leak.moment == HOUR} | {BOOT for leak in leaks if leak.boots}
    return frozenset(found | {LATE for leak in leaks if leak.moment.startswith("10000 ")})


def _owned(scene: str, on: Playing) -> tuple[bytes, ...]:
    playing.write(scene, on)
    playing.end(scene, on)
    return tuple(content for _, content in owners(on.pad))


@dataclass(frozen=True)
class _Look:
    """A scene to play. needs: those of the last three instants that are played; addresses: registers to read."""

    scene: str
    needs: frozenset[str]
    addresses: frozenset[int]


def _look_for(scene: str, leaks: Sequence[Leak]) -> _Look:
    bus = (leak.sink.reading.number for leak in leaks if leak.sink.reading.kind == "bus")
    return _Look(scene, _needs(leaks), frozenset(bus))


def _base_played(look: _Look, ground: Ground) -> list[Played]:
    """The scene on the base image with each ink. Raises ForkError."""
    (both,) = _played_twice([look], ground.kit.base, ground.pad).values()
    for one in both:
        if isinstance(one, str):
            raise ForkError(one)
    return [one for one in both if isinstance(one, Played)]


def _played_twice(
    looks: Sequence[_Look], image: BuiltImage, pad: VirtualPad
) -> dict[str, list[Played | str]]:
    """Each scene with each ink, or why the pad did not complete it. Scenes that begin with the note go on from copies
    of one pad. Raises ForkLost when one takes too long."""
    policy = Policy.of(image)
    alike = [look for look in looks if playing.begins_with_note(look.scene)]
    parts = [part for part in (alike, *([look] for look in looks if look not in alike)) if part]
    found: dict[str, list[Played | str]] = {look.scene: [] for look in looks}
    for ink in range(len(INKS)):
        for part in parts:
            played = _on_copy(Playing(pad, ink, policy), partial(_begun_alike, part))
            for look in part:
                one = played[look.scene] if isinstance(played, dict) else played
                if isinstance(one, Failed):
                    raise ForkLost(one.text)
                found[look.scene].append(one)
    return found


def _begun_alike(looks: Sequence[_Look], on: Playing) -> dict[str, Played | str | Failed]:
    """These scenes, which begin in the same way, up to the first that takes too long."""
    bench = Bench(on.pad)
    playing.write(looks[0].scene, on)
    found: dict[str, Played | str | Failed] = {}
    for look in looks:
        found[look.scene] = one = _on_copy(on, partial(_played, look, bench))
        if isinstance(one, Failed):
            break
    return found


_Result = TypeVar("_Result")


def _on_copy(on: Playing, play: Callable[[Playing], _Result]) -> _Result | str | Failed:
    """What `play` gives on a copy, or why the pad did not complete it; Failed beyond PROBE_CPU_S."""

    def limited(copy: Playing) -> _Result | str:
        resource.setrlimit(resource.RLIMIT_CPU, (PROBE_CPU_S, PROBE_CPU_S))
        return play(copy)

    return on_copy("a scene", on, limited, str, PROBE_S)


def _played(look: _Look, bench: Bench, on: Playing) -> Played:
    pad = on.pad
    playing.end(look.scene, on)
    bench.begin(look.addresses)
    playing.afterwards(look.scene, on, ASKED_MS)
    edge_ms = pad.now_ms
    found: dict[str, Seen] = {}
    for instant, label in zip(INSTANTS_MS, LABELS, strict=False):
        pad.run_for(edge_ms + instant - pad.now_ms)
        found[label] = bench.seen()
    if LATE in look.needs:
        pad.run_for(edge_ms + LATE_MS - pad.now_ms)
        found[LATE] = bench.seen()
    if HOUR in look.needs:
        move_timer(pad, float(HOUR_MS))
        pad.run_for(HOUR_WOKEN_MS)
        found[HOUR] = bench.seen()
    if BOOT in look.needs:
        pad.reset("watchdog")
        try:
            wait_ready(pad, READY_MS)
        except EmulationTimeout:
            return Played(found)
        pad.run_for(STARTED_MS)
        found[BOOT] = bench.seen()
    return Played(found)
