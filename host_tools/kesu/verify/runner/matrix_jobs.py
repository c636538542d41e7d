"""matrix_jobs: jobs that play scenes of the matrix: the events of each note, ticks that wrap, variants of the panel."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from kesu.emulator.core.fork import Failed, Job, Send, fork_run
from kesu.emulator.scenario import TICKS_PERIOD_MS
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes, plan
from kesu.verify.found import Found, NoteFacts
from kesu.verify.matrix import play as matrix
from kesu.verify.plan import Scene
from kesu.verify.scenes import scenario
from kesu.verify.scenes.events import pages_of
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.scenes.variants import Variant
from kesu.verify.search import picture
from kesu.verify.search.measure import EVERY_PAGE
from kesu.verify.subject import Subject, on_copy

WRITES_MS = 2_800.0
"""When a note begins on a pad whose ticks will wrap, after power-on: the pad is READY."""
WIPES_MS = 1_100.0
"""From the end of the pen's way until the wipe has begun and is not over."""


def matrix_jobs(subject: Subject) -> list[Job[Found]]:
    """One job per note, with its share of the events."""
    return [
        Job(
            f"matrix, {scenes[0].kind}",
            matrix_of(subject, scenes, draw=index == 0),
            len(scenes),
            6.0 + 3.5 * len(scenes),
        )
        for index, scenes in enumerate(plan.matrix(subject.seed, subject.profile))
    ]


def matrix_of(
    subject: Subject, scenes: Sequence[Scene], *, draw: bool = False
) -> Callable[[Send[Found]], None]:
    """Plays the scenes of one note. draw: adds pictures of its first event."""
    kind, seed = scenes[0].kind, scenes[0].seed

    def run(send: Send[Found]) -> None:
        # A flood of everything can lead to any page after the event.
        written = scenario.write(subject.pad, notes.note(kind, seed), subject.policy, EVERY_PAGE)
        send(Found(notes=[NoteFacts(kind, seed, written.searcher.needles.count, written.dropped)]))
        if draw:
            send(Found(pictures=fork_run(written, _pictures)))
        for scene in scenes:
            send(_played(written, scene))

    return run


def played_scenes(subject: Subject, scenes: Sequence[Scene]) -> Iterator[Found]:
    """The scenes of one note, one after another."""
    written = scenario.write(
        subject.pad, notes.note(scenes[0].kind, scenes[0].seed), subject.policy, _ends(scenes)
    )
    yield from (_played(written, scene) for scene in scenes)


def _ends(scenes: Sequence[Scene]) -> set[str]:
    """The pages that these events lead to, where no flood can lead to another: no other page counts as blank."""
    return pages_of(scene.event for scene in scenes)


def _played(written: Written, scene: Scene) -> Found:
    """The cells of a scenario; they are BROKEN if the pad did not complete it."""
    played = on_copy(
        f"{scene.event.label}; {scene.kind}",
        written,
        lambda copy: matrix.play(copy, scene.event, scene.seed),
        lambda why: matrix.unjudged(scene.event, scene.kind, scene.seed, written.pad.fitted, why),
    )
    return Found.failed(played) if isinstance(played, Failed) else played.found()


def wrap_jobs(subject: Subject) -> list[Job[Found]]:
    """ticks_ms wraps during the wipe and, on another pad, while a note is written (not in quick)."""
    written_on = notes.note(plan.WRAP_KIND, subject.seed)
    places = plan.wraps(subject.seed, subject.profile)

    def run(send: Send[Found]) -> None:
        for scenes in places:
            written = wrapped(subject.image, subject.seed, written_on, subject.policy, scenes)
            for scene in scenes:
                send(_played(written, scene))

    return [Job("tick wrap", run, sum(map(len, places)), 13.0 * len(places))]


def wrapped(
    image: BuiltImage, seed: int, note: notes.Note, policy: Policy, scenes: Sequence[Scene]
) -> Written:
    """A pad with a note, on which ticks wrap at the scenes' place. Raises RuntimeError if they wrap elsewhere."""
    about_wipe = scenes[0].place == plan.WRAP_PLACES[0]
    wraps_ms = WRITES_MS + (note.duration_ms + WIPES_MS if about_wipe else note.duration_ms / 2)
    pad = scenario.boot(image, seed, ticks_ms=TICKS_PERIOD_MS - wraps_ms)
    pad.run_for(WRITES_MS - pad.now_ms)
    began_ms = pad.now_ms
    written = scenario.write(pad, note, policy, _ends(scenes))
    ended_ms = pad.now_ms
    first, last = (ended_ms, ended_ms + policy.ready_after_ms) if about_wipe else (began_ms, ended_ms)
    if not first < wraps_ms < last:
        message = (
            f"ticks wrap {wraps_ms:.0f} ms after power-on, not {scenes[0].place} ({first:.0f} to {last:.0f})"
        )
        raise RuntimeError(message)
    return written


def variant_jobs(subject: Subject) -> list[Job[Found]]:
    """One job for each variant of the panel: a note is written on it and wiped."""
    return [
        Job(
            f"variants, {variant.name}",
            _variant(subject, variant, scenes),
            len(scenes),
            2.0 + 1.5 * len(scenes),
        )
        for variant, scenes in plan.variants(subject.seed, subject.profile)
    ]


def _variant(subject: Subject, variant: Variant, scenes: Sequence[Scene]) -> Callable[[Send[Found]], None]:
    def run(send: Send[Found]) -> None:
        pad = subject.pad
        if variant.from_start:
            pad = scenario.boot(subject.image, subject.seed, fit=variant.fit)
        else:
            variant.fit(pad)
        written_on = notes.note(scenes[0].kind, scenes[0].seed)
        written = scenario.write(pad, written_on, subject.policy, _ends(scenes))
        for scene in scenes:
            send(_played(written, scene))

    return run


def _pictures(written: Written) -> dict[str, bytes]:
    """PNG pictures: glass and RAM with the note on the pad, and after the call has ended."""
    pad = written.pad
    files = dict(_two(written, "before"))
    pad.host.set_dtr(False)
    pad.run_for(matrix.watched(pad))
    files |= dict(_two(written, "after"))
    return files


def _two(written: Written, when: str) -> Iterator[tuple[str, bytes]]:
    pad = written.pad
    yield f"glass-{when}", _png(Image.fromarray(pad.glass.picture()))
    found = written.searcher.search(pad.sram).covered
    yield f"ram-{when}", _png(picture.memory_picture(bytes(pad.sram), found, picture.regions(pad)))


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    return stream.getvalue()
