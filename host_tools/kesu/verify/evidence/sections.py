"""sections: the tables of the report, one function for each part of a run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from statistics import median
from typing import Any

from kesu.verify.evidence.benches import again, by_rig
from kesu.verify.evidence.contents import heading
from kesu.verify.evidence.grid import Square, resources_of, squares
from kesu.verify.evidence.image import manifest_of, policy_in_words
from kesu.verify.evidence.markup import Markup, join, table, tag
from kesu.verify.evidence.words import EVENTS, RESOURCES, event_order, milliseconds
from kesu.verify.outcome import Compared, Timing
from kesu.verify.plan import NOT_BY_RIG
from kesu.verify.profile import NOT_JUDGED_BY_RIG
from kesu.verify.results import Run

HASH = re.compile("[0-9a-f]{64}")
COLOURS = {"holds": "good", "BROKEN": "bad", "not run": "open"}
SIGNS = {"holds": "✓", "BROKEN": "✗", "not run": "–"}


def facts(run: Run) -> Markup:
    """Image, profile, time, and the command that repeats the run."""
    manifest = manifest_of(run.image)
    entries: list[tuple[str, str]] = [
        ("Image", str(run.image.get("file", "not named"))),
        ("SHA-256", str(run.image.get("uf2_sha256", "not known"))),
        ("Policy", policy_in_words(run.image)),
        ("Kind of image", str(manifest.get("profile", "not known: there is no manifest"))),
        ("Started", run.started),
        ("Took", f"{run.seconds:,.0f} s, {run.scenarios:,} scenarios, profile “{run.profile}”"),
        ("Again", again(run)),
    ]
    return tag("dl", *(join((tag("dt", term), tag("dd", _code(term, text)))) for term, text in entries))


def matrix(run: Run) -> Markup:
    """Table of events (rows) and resources (columns); every square has a colour and a text."""
    resources = resources_of(run)
    heads = ["Wipe event", *(f"{resource} {RESOURCES.get(resource, '')}".strip() for resource in resources)]
    rows = []
    for row in squares(run):
        event = row[0].event
        rows.append([f"{event} {EVENTS.get(event, '')}".strip(), *(_square(square) for square in row)])
    lead = tag(
        "p",
        "Each square: a random note was written with the pen and was found where it should be; then came "
        "the event and the same search again. "
        "“5 × 18 ms” means five scenarios, the slowest clean after 18 ms.",
    )
    grid = table("Wipe events against everything on the pad that can hold something", heads, rows)
    return Markup(heading("matrix") + lead + tag("div", grid, class_="matrix") + _not_by_rig(run))


def _not_by_rig(run: Run) -> Markup:
    """What a run with a test rig leaves out, and why."""
    if not by_rig(run):
        return Markup("")
    left_out = [*NOT_BY_RIG.items()]
    left_out += [(f"{name} {RESOURCES[name]}", why) for name, why in NOT_JUDGED_BY_RIG.items()]
    return table("Not run on a rig", ["Event or resource", "Reason"], [list(row) for row in left_out])


def timings(run: Run) -> Markup:
    """Distribution of the times of every step, with its bound."""
    title = heading("times")
    if not run.timings:
        return Markup(title + tag("p", "This run measured no times.", class_="soft"))
    rows = []
    for timing in sorted(run.timings, key=lambda entry: (entry.step, event_order(entry.event))):
        samples, reached = timing.samples_ms, timing.reached_ms
        numbers: list[str] = (
            [milliseconds(value) for value in (min(reached), median(reached), max(reached))]
            if reached
            else ["never"] * 3
        )
        if len(reached) < len(samples):
            numbers[2] = "never"
        rows.append(
            [
                f"{timing.step}, {timing.event} {EVENTS.get(timing.event, '')}".strip(),
                *(tag("td", text, class_="number") for text in (str(len(samples)), *numbers)),
                tag("td", milliseconds(timing.bound_ms), class_="number"),
                tag("td", _spread(timing)),
                state("holds" if timing.holds else "BROKEN"),
            ]
        )
    heads = ["Step, event", "Times", "Fastest", "Middle", "Slowest", "Allowed", "Spread", "Verdict"]
    caption = (
        "Time of each step, in the pad's own time: from R1 on for R2 to R5, R7 and R9, else from the event on"
    )
    return Markup(title + table(caption, heads, rows))


def pairs(run: Run) -> Markup:
    """Noninterference: what was compared at which instant, what differed, what the mask allows."""
    title = heading("pairs")
    lead = tag(
        "p",
        "Two pads ran with the same timing and different ink. At each bound after the event, and again once they "
        "slept, both were compared byte for byte: at R1 the registered buffers, at R7 also the planes, from “clean” "
        "on the whole chip, from “legible” on the glass too. Differences are allowed only where the mask says so.",
    )
    if not run.pairs:
        return Markup(title + lead + tag("p", "This run compared no pairs.", class_="soft") + _mask(run))
    bad = [pair for pair in run.pairs if not pair.holds]
    open_bytes = sum(part.differing for pair in run.pairs for part in pair.differences if not part.mask)
    masked = sum(part.differing for pair in run.pairs for part in pair.differences if part.mask)
    compared = sum(pair.compared_bytes for pair in run.pairs)
    summary = tag(
        "p",
        tag("strong", f"{len(run.pairs)} pairs, {len(bad)} of them broken. "),
        f"{compared:,} bytes compared; {open_bytes:,} differ without being allowed, {masked:,} under the mask.",
    )
    rows = []
    for pair in sorted(run.pairs, key=lambda entry: entry.holds):
        first = [
            pair.kind,
            f"{pair.event} {EVENTS.get(pair.event, '')}".strip(),
            tag("td", str(pair.seed), class_="number"),
        ]
        if pair.reason:
            what = tag("td", pair.reason, class_="wide")
            rows.append([*first, tag("td", ""), tag("td", ""), tag("td", ""), what, state("BROKEN")])
        rows += [first + _instant(one) for one in pair.instants]
    heads = ["Kind", "Event", "Seed", "Instant", "Bytes compared", "Glass", "Differences", "Verdict"]
    return Markup(title + lead + summary + table("Pairs, broken ones first", heads, rows) + _mask(run))


def _instant(one: Compared) -> list[str]:
    what = "; ".join(
        f"{part.differing} of {part.length} bytes at 0x{part.address:08x} ({part.resource}, {part.place})"
        + (f", allowed by {part.mask}" if part.mask else "")
        for part in one.differences
    )
    return [
        f"{one.instant}, +{milliseconds(one.after_ms)}",
        tag("td", f"{one.compared_bytes:,}", class_="number"),
        tag("td", "" if one.glass is None else f"{one.glass:.2f} L*", class_="number"),
        tag("td", what or "no difference", class_="wide"),
        state("holds" if one.holds else "BROKEN"),
    ]


def faults(run: Run) -> Markup:
    """Faults that were caused while a note was on the pad."""
    title = heading("faults")
    lead = tag("p", "Power, parts, the PC and days of calls. Whatever breaks, the note must go.")
    if not run.faults:
        none = tag("p", "This run broke nothing; profile “faults” does.", class_="soft")
        return Markup(title + lead + none)
    rows = [
        [
            trial.campaign,
            tag("td", trial.fault, class_="wide"),
            tag("td", str(trial.seed), class_="number"),
            tag("td", trial.seen, class_="wide"),
            tag("td", milliseconds(trial.gone_ms), class_="number"),
            trial.reason or trial.ended,
            state("holds" if trial.holds else "BROKEN"),
        ]
        for trial in sorted(run.faults, key=lambda entry: (entry.holds, entry.campaign))
    ]
    held = sum(trial.holds for trial in run.faults)
    heads = ["Campaign", "Fault", "Seed", "Noticed by", "Note gone after", "Ended in", "Verdict"]
    return Markup(title + lead + table(f"{held} of {len(run.faults)} hold", heads, rows))


def structure(run: Run) -> Markup:
    """The audit of the image."""
    title = heading("structure")
    if not run.findings:
        return Markup(title + tag("p", "This run did not look into the image.", class_="soft"))
    rows = [
        [
            finding.rule,
            tag("td", finding.detail, class_="wide"),
            state("holds" if finding.holds else "BROKEN"),
        ]
        for finding in sorted(run.findings, key=lambda entry: entry.holds)
    ]
    lead = tag("p", "Read from the image itself, not from a configuration file.")
    return Markup(title + lead + table("Rules, broken ones first", ["Rule", "Found", "Verdict"], rows))


def search(run: Run) -> Markup:
    """What the search looked for."""
    if not run.search:
        return Markup("")
    return Markup(heading("search") + _values(run.search))


def versions(run: Run) -> Markup:
    """Versions of the tools, and hashes of all inputs of the image."""
    manifest = manifest_of(run.image)
    parts = [heading("versions"), _values(run.versions)]
    if manifest:
        rest = {name: value for name, value in manifest.items() if name != "inputs"}
        parts += [tag("h3", "Build manifest"), _values(rest)]
        inputs = manifest.get("inputs")
        if isinstance(inputs, dict):
            rows = [
                [str(path), tag("td", tag("code", str(digest)))] for path, digest in sorted(inputs.items())
            ]
            parts.append(table("Source files of the firmware", ["File", "SHA-256"], rows))
    return join(parts)


def _square(square: Square) -> Markup:
    state = square.state
    return tag("td", tag("b", f"{SIGNS[state]} {state}"), tag("span", square.note), class_=COLOURS[state])


def state(name: str, text: str = "") -> Markup:
    """A cell with a verdict: a sign, a text and a colour."""
    return tag("td", f"{SIGNS[name]} {text or name}", class_=f"state {COLOURS[name]}")


def _mask(run: Run) -> Markup:
    if not run.mask:
        return tag("p", "The mask is empty: no difference is allowed.")
    total = sum(entry.size for entry in run.mask)
    rows = [
        [
            entry.name,
            entry.resource,
            entry.place,
            tag("td", f"{entry.size:,}", class_="number"),
            ", ".join(entry.events) or "all",
            ", ".join(entry.instants) or "all",
            entry.reason,
        ]
        for entry in run.mask
    ]
    heads = ["Entry", "Resource", "Place", "Bytes", "Events", "Instants", "Why it is allowed"]
    return table(f"The mask: {len(rows)} places, {total:,} bytes", heads, rows)


def _spread(timing: Timing) -> Markup:
    """A bar from the fastest to the slowest time; the line at three quarters of the width is the bound."""
    reached = timing.reached_ms
    if not reached or timing.bound_ms <= 0:
        return Markup("")
    scale = 75 / timing.bound_ms
    low, high = (min(value * scale, 100.0) for value in (min(reached), max(reached)))
    left = min(low, 98.0)
    bar = tag(
        "rect", x=f"{left:.1f}", y="3", width=f"{max(high - left, 2):.1f}", height="6",
        class_="range" if timing.holds else "over",
    )  # fmt: skip
    track = tag("rect", x="0", y="5", width="100", height="2", class_="track")
    bound = tag("line", x1="75", x2="75", y1="0", y2="12", class_="bound")
    label = f"{milliseconds(min(reached))} to {milliseconds(max(reached))}"
    return tag(
        "svg", track, bar, bound, viewBox="0 0 100 12", preserveAspectRatio="none", class_="spread",
        role="img", aria_label=f"{label} of {milliseconds(timing.bound_ms)}",
    )  # fmt: skip


def _values(content: dict[str, Any]) -> Markup:
    """A dictionary as a list of terms; nested dictionaries become nested lists."""
    entries = []
    for name, value in content.items():
        term = str(name).replace("_", " ")
        shown = _values(value) if isinstance(value, dict) and value else _code(term, _plain(value))
        entries.append(join((tag("dt", term), tag("dd", shown))))
    return tag("dl", *entries)


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(entry) for entry in value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return f"{value:,}" if isinstance(value, int) else str(value)


def _code(term: str, text: str) -> str:
    """Hashes and commands in a monospaced font."""
    return tag("code", text) if HASH.fullmatch(text) or term == "Again" else text
