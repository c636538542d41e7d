"""scenes: one wipe event on a pad in a rig: a note, looks at the bounds of the guarantee, the cells of the matrix.

A look stops the core at a time of the rig's clock, with which the pad's timer, the rig's BUSY and the rig's queue stand
still; so looks do not shift what follows them. A step that holds at a look counts from there: what is reported is an
upper bound of the time, and a look is a little before each bound.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kesu.emulator.board.pad import EmulationTimeout
from kesu.emulator.touch.pen import Stroke, path_lengths
from kesu.spec.call_line import AWAY, ENDED, PAID, PAYMENT
from kesu.spec.panels import FILMS
from kesu.verify import notes
from kesu.verify.bounds import READY_BOUND_MS, STEP_OF, bound_of, bounds_ms
from kesu.verify.found import Found, NoteFacts
from kesu.verify.outcome import Cell
from kesu.verify.plan import Scene
from kesu.verify.profile import RIG
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search import on_glass
from kesu.verify.search.measure import Locked, note_needles, owners_blank, planes_blank
from kesu.verify.search.searcher import Searcher

from kesu_dev.rig.protocol import RigError
from kesu_dev.rig_verify import pad_clock
from kesu_dev.rig_verify.bench import Bench
from kesu_dev.rig_verify.causes import LEAD_US, Causes, Edge
from kesu_dev.rig_verify.glass_times import GlassWatch
from kesu_dev.rig_verify.seen import HALT_US, Eye, Seen

EARLY_MS = 0.3
"""By which a look is before its bound: the rig's halt takes less."""
LATEST_US = 2_500
"""After the planned time: a PC that sends later is tried again, because the first look would come too soon."""
TRIES = 3
READY_S, RESTART_S, SETTLED_S, STRIP_S = 6.0, 14.0, 0.9, 2.5
FAULT_SHOWN_S, FAULT_LASTS_S, RUN_S = 1.0, 6.0, 0.3
"""The fault's page is written; the pad has reset itself; the PC has noticed that the pad has gone."""
POLL_S, FETCHED_AFTER = 0.01, 10


@dataclass(frozen=True)
class Timed:
    """When a look was, in ms of the pad's time from the edge, and what was seen."""

    at_ms: float
    seen: Seen


class Player:
    """Plays scenes one after another on one pad. Raises RigError where the rig fails."""

    def __init__(self, bench: Bench, eye: Eye, film: str, policy: Policy, flash_sha256: str) -> None:
        self._bench, self._eye, self._film = bench, eye, film
        self._causes = Causes(bench, film, policy, lambda: eye.now().pad_us)
        bounds = bounds_ms(film, from_edge=True)
        self._looks = [bounds[step] - EARLY_MS for step in ("R1", "R7", "clean")]
        self._flash = flash_sha256
        self._pages: list[Locked] = []
        self._glass = GlassWatch(bench)
        self._fault: Locked | None = None

    def learn(self, scenes: Sequence[Scene]) -> None:
        """Every page that a wipe of these scenes can end with, on the blank pad."""
        bench = self._bench
        self._ready()
        self._pages.append(self._eye.now().as_page())
        self._causes.touch_fault(bench.actions.rig.now_us() + LEAD_US)
        bench.wait(FAULT_SHOWN_S)
        self._fault = self._eye.now().as_page()
        bench.actions.silence_touch(False)
        bench.wait(FAULT_LASTS_S)
        self._ready()
        self._pages.append(self._eye.now().as_page())
        ends = {scene.event.ends_in for scene in scenes}
        for page, there, back in (("AWAY", AWAY, ENDED), ("PAYMENT", PAYMENT, PAID)):
            if page not in ends:
                continue
            bench.send(there)
            self._again()
            self._pages.append(self._eye.now().as_page())
            bench.send(back)
            self._again()

    def play(self, scene: Scene) -> Found:
        """The cells of one scene; of a PC that sent too late, the last of some tries."""
        for _ in range(TRIES - 1):
            found = self._play(scene)
            if found is not None:
                return found
        found = self._play(scene, last=True)
        assert found is not None
        return found

    def _play(self, scene: Scene, last: bool = False) -> Found | None:
        bench, actions, event = self._bench, self._bench.actions, scene.event
        name = event.name.partition(",")[0]
        self._ready()
        pages = list(self._pages)
        if event.number == "E7":
            bench.line(False)
            bench.wait(STRIP_S)
            pages.append(self._eye.now().as_page())
            self._ready()
        blank = self._eye.now()
        pages.append(blank.as_page())
        self._pages.append(blank.as_page())
        assert self._fault is not None, "learn() comes first"
        self._glass.show()
        reference = blank.as_reference(pages, self._fault, bench.replay.glass.reflectance.copy())
        points = actions.write(*self._strokes(scene))
        self._await(lambda: bench.bits()[1], READY_S)
        self._causes.prepare(name)
        bench.wait(SETTLED_S)
        seen_at: list[Seen] = []

        def look() -> int:
            seen_at.append(self._eye.now())
            return seen_at[-1].pad_us

        clock = pad_clock.sample(bench, look)
        written = seen_at[0]
        needles, dropped = note_needles(written, points, reference)
        searcher = Searcher(needles)
        self._glass.show()
        ink = on_glass.ink_pixels(written.panel.page(), reference)
        before = written.hits(searcher) | {
            "R6": 0.0,
            "R8": on_glass.contrast(bench.replay, ink, reference),
            "R10": float(bench.received()),
        }
        edge = self._causes.edge(name, clock)
        edge_us = edge.at_us
        for at_ms in self._looks:
            actions.halt_at(edge_us + round(at_ms * 1_000), HALT_US)
        late_us = self._cause(edge)
        looks = [self._eye.planned() for _ in self._looks]
        times = pad_clock.moments_ms(bench, edge_us, len(self._looks))
        self._causes.happened(name, edge)
        if late_us > LATEST_US and not last:
            self._again()
            return None
        ready_ms = self._ended(name, edge_us)
        final = self._eye.now()
        glass = self._glass.watch(edge_us, ink, reference)
        timed = [Timed(at_ms, seen) for at_ms, seen in zip(times, looks, strict=True)]
        final_ms = READY_BOUND_MS[self._film] if ready_ms is None else ready_ms

        def r1(seen: Seen) -> bool:
            if (
                event.restarts
            ):  # as in the emulator's matrix: a restart clears the table, a fault's page is over the note
                return not seen.hits(searcher)["R1" if event.number == "E10" else "R2"]
            return owners_blank(seen, reference)

        def r7(seen: Seen) -> bool:
            return planes_blank(seen, reference) or (event.number == "E10" and not seen.hits(searcher)["R7"])

        def clean(seen: Seen) -> bool:
            hits = seen.hits(searcher)
            return not any(hits[resource] for resource in ("R2", "R3", "R4", "R9"))

        reached = {
            step: _first(timed[first:], holds, Timed(final_ms, final))
            for first, (step, holds) in enumerate({"R1": r1, "R7": r7, "clean": clean}.items())
        }
        reached |= {"R8": glass.clean_ms, "legible": glass.legible_ms}
        left = final.hits(searcher)
        if not planes_blank(final, reference):
            left["R7"] = max(left["R7"], 1.0)
        left |= {
            "R8": glass.left,
            "R6": float(self._eye.flash_sha256() != self._flash),
            "R10": float(bench.received()),
        }
        failure = "" if ready_ms is not None else "the pad did not come back to READY"
        cells = [self._cell(scene, resource, before, left, reached, failure) for resource in RIG.resources]
        samples: dict[tuple[str, str], list[float | None]] = {
            (event.number, step): [at_ms] for step, at_ms in reached.items()
        }
        if scene.says_ready:
            samples[event.number, "ready"] = [ready_ms]
        facts = NoteFacts(scene.kind, scene.seed, needles.count, dropped)
        self._home(name)
        return Found(scenarios=1, cells=cells, samples=samples, notes=[facts])

    def _cell(
        self,
        scene: Scene,
        resource: str,
        before: dict[str, float],
        after: dict[str, float],
        reached: dict[str, float | None],
        failure: str,
    ) -> Cell:
        step = STEP_OF.get(resource)
        return Cell(
            scene.event.number,
            resource,
            scene.label,
            scene.seed,
            before[resource],
            after[resource],
            reached[step] if step is not None else None,
            bound_of(resource, self._film, from_edge=True),
            reached["legible"] if resource == "R8" else None,
            failure,
        )

    def _strokes(self, scene: Scene) -> tuple[list[Stroke], float]:
        """Strokes on this page, and the speed of the first."""
        written = notes.note(scene.kind, scene.seed)
        page = FILMS[self._film].panel
        across, along = page.width / notes.WIDTH, page.height / notes.HEIGHT
        strokes: list[Stroke] = [[(x * across, y * along) for x, y in path] for path in written.paths]
        return strokes, path_lengths(strokes[0])[-1] / written.beats[0].duration_ms * 1_000.0

    # Events

    def _cause(self, edge: Edge) -> int:
        """Let the event happen; by how many us the PC may have been late."""
        bench, rig = self._bench, self._bench.actions.rig
        if edge.by_pc is None:
            bench.wait(max(0, edge.at_us - LEAD_US - rig.now_us()) / 1e6)
            return 0
        bench.wait(max(0, edge.at_us - rig.now_us()) / 1e6)
        while rig.now_us() < edge.at_us:
            pass
        edge.by_pc()
        return rig.now_us() - edge.at_us

    def _ended(self, name: str, edge_us: int) -> float | None:
        """Wait for READY: ms of the pad's time since the edge, None if it never came."""
        bench = self._bench
        bench.wait(RUN_S)
        try:
            if name == "touch bus silent":
                bench.actions.silence_touch(False)
                bench.wait(FAULT_LASTS_S)
            elif name in (
                "DTR drops",
                "agent killed",
            ):  # nothing is seen of a closed port, and to open it would draw another sign
                bench.wait(READY_BOUND_MS[self._film] / 1_000)
                return READY_BOUND_MS[self._film]
            else:
                self._await(self._is_ready, RESTART_S)
            since_ms = (bench.actions.rig.now_us() - edge_us - pad_clock.halted_us(bench, edge_us)) / 1_000
            self._ready()
        except (RigError, EmulationTimeout):
            return None
        return since_ms

    def _home(self, name: str) -> None:
        """Back from a page without a pen."""
        if name in ("AWAY key", "byte A"):
            self._bench.send(ENDED)
            self._again()
        elif name == "byte P":
            self._bench.send(PAID)
            self._again()

    # States

    def _ready(self) -> None:
        self._await(self._is_ready, RESTART_S)
        self._bench.wait(STRIP_S)

    def _is_ready(self) -> bool:
        """READY, with the line open: a pad that restarts closes it."""
        self._bench.line(True)
        return self._bench.bits()[0]

    def _again(self) -> None:
        """A wipe that has just begun, until it has ended."""
        self._bench.wait(0.1)
        self._await(lambda: self._bench.bits()[0], READY_S)
        self._bench.wait(SETTLED_S)

    def _await(self, holds: Callable[[], bool], seconds: float) -> None:
        waited, polls = 0.0, 0
        while not holds():
            polls += 1
            if polls % FETCHED_AFTER == 0:
                self._bench.replay.fetch()
            if waited > seconds:
                raise RigError("The pad did not get ready for the next step.", hint="Run `kesu rig check`.")
            self._bench.wait(POLL_S)
            waited += POLL_S


def _first(looks: list[Timed], holds: Callable[[Seen], bool], final: Timed) -> float | None:
    """The time of the first look from which on the step holds; None if it does not hold in the end."""
    since: float | None = None
    for look in (*looks, final):
        if not holds(look.seen):
            since = None
        elif since is None:
            since = look.at_ms
    return since
