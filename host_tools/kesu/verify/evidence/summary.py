"""summary: two A4 pages for an auditor, made from a checked evidence folder, in Japanese or English.

Verdict, what was tried, against what, times with their bounds, pictures, limits, and fields for pad, place, tester,
date and signature. report.html in the folder has all rows.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from kesu.verify.evidence import summary_words as words
from kesu.verify.evidence.benches import again, by_rig
from kesu.verify.evidence.grid import reasons, resources_of, squares
from kesu.verify.evidence.image import manifest_of, name_of
from kesu.verify.evidence.markup import Markup, join, tag
from kesu.verify.evidence.words import SIGNS, milliseconds
from kesu.verify.results import Run

MOST_REASONS = 5
LONGEST_REASON = 160
FIELDS = ("pad", "place", "tester", "date", "signature")
MARKS = {"holds": "✓", "BROKEN": "✗", "not run": "–"}
CODE = re.compile(r"`([^`]+)`")


def summary_page(run: Run, language: str, sums_sha256: str, signature: str) -> str:
    """One HTML file. sums_sha256: of the folder's SHA256SUMS. signature: a sentence about it, from `signature_of`."""
    said = words.TEXTS[language]
    style = Markup((files("kesu.verify.evidence") / "summary.css").read_text(encoding="utf-8"))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{said['title']}: {name_of(run.image)}, {run.verdict} ({run.target})"),
        tag("style", style),
    )
    first = tag(
        "section",
        _head(run, said, 1),
        _verdict(run, language),
        _facts(run, language),
        tag("h2", said["tried"]),
        _tried(run, language),
        tag("h2", said["times"]),
        _times(run, language),
    )
    second = tag(
        "section",
        _head(run, said, 2),
        tag("h2", said["grid"]),
        _grid(run, language),
        _pictures(run, language),
        tag("h2", said["limits"]),
        _limits(run, language),
        tag("h2", said["again"]),
        _again(run, language, sums_sha256, signature),
        tag("h2", said["fields"]),
        tag("dl", *(join((tag("dt", said[name]), tag("dd", ""))) for name in FIELDS), class_="fields"),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', first, second), lang=language)}\n"


def signature_of(language: str, signed: str | None, has_signature: bool) -> str:
    """A sentence about the folder's signature. signed: trusted comment of a signature that was verified."""
    said = words.TEXTS[language]
    if signed is not None:
        return said["signed"].format(comment=signed)
    return said["has_signature" if has_signature else "unsigned"]


def _head(run: Run, said: Mapping[str, str], number: int) -> Markup:
    mark = tag("span", run.target, class_=f"mark {run.target.lower()}")
    return tag("header", mark, tag("span", said["title"]), tag("span", f"{number} / 2"))


def _verdict(run: Run, language: str) -> Markup:
    said = words.TEXTS[language]
    found = reasons(run)
    parts = [
        tag("strong", f"{SIGNS[run.verdict]} {run.verdict}{words.IN_WORDS[language][run.verdict]}"),
        tag(
            "p",
            words.HOLDS_ON_A_RIG[language]
            if by_rig(run) and run.verdict == "HOLDS"
            else words.VERDICTS[language][run.verdict],
        ),
    ]
    if found:
        shown = [
            one if len(one) <= LONGEST_REASON else f"{one[:LONGEST_REASON]}…" for one in found[:MOST_REASONS]
        ]
        parts += [tag("p", said["reasons"]), tag("ul", *(tag("li", one) for one in shown))]
        if len(found) > MOST_REASONS:
            parts.append(tag("p", said["more"].format(count=len(found) - MOST_REASONS)))
    target = tag("p", words.TARGETS[language][run.target])
    return join((tag("div", *parts, class_=f"verdict {run.verdict.lower()}"), target))


def _facts(run: Run, language: str) -> Markup:
    said = words.TEXTS[language]
    when = said["run_of"].format(
        started=run.started[:16].replace("T", " ") + " UTC",
        profile=run.profile,
        seed=run.seed,
        scenarios=f"{run.scenarios:,}",
    )
    entries = [
        (said["image"], name_of(run.image)),
        (said["hash"], tag("code", str(run.image.get("uf2_sha256") or "–"))),
        (said["policy"], str(manifest_of(run.image).get("policy_crc") or "–")),
        (said["run"], when),
    ]
    return tag("dl", *(join((tag("dt", term), tag("dd", text))) for term, text in entries))


def _tried(run: Run, language: str) -> Markup:
    said = words.TEXTS[language]
    open_bytes = sum(part.differing for pair in run.pairs for part in pair.differences if not part.mask)
    parts: list[tuple[str, list[bool], dict[str, str]]] = [
        ("matrix", [cell.holds for cell in run.cells], {}),
        (
            "pairs",
            [pair.holds for pair in run.pairs],
            {"bytes": f"{sum(pair.compared_bytes for pair in run.pairs):,}", "open": f"{open_bytes:,}"},
        ),
        ("walks", [*(walk.holds for walk in run.walks), *(kind.holds for kind in run.coverage)], {}),
        (
            "mutants",
            [mutant.caught for mutant in run.mutants if not mutant.drawn],
            {"noticed": f"{run.drawn['noticed']:,}", "of": f"{run.drawn['of']:,}"},
        ),
        ("findings", [finding.holds for finding in run.findings], {}),
        ("faults", [trial.holds for trial in run.faults], {}),
    ]
    rows = []
    for name, held, more in parts:
        counted = [walk.holds for walk in run.walks] if name == "walks" else held
        text = said[f"{name}_of"].format(held=f"{sum(counted):,}", all=f"{len(counted):,}", **more)
        rows.append((said[name], text if held else said["not_run"], _state(held, said)))
    return _table((said["check"], said["result"], said["verdict"]), rows)


def _times(run: Run, language: str) -> Markup:
    said, steps = words.TEXTS[language], words.STEPS[language]
    order = list(steps)
    gathered: dict[str, list[tuple[float | None, float, bool]]] = {}
    for timing in run.timings:
        reached = timing.reached_ms
        slowest = max(reached) if len(reached) == len(timing.samples_ms) and reached else None
        gathered.setdefault(timing.step, []).append((slowest, timing.bound_ms, timing.holds))
    rows = []
    for step in sorted(gathered, key=lambda name: order.index(name) if name in order else len(order)):
        found = gathered[step]
        late = [slowest for slowest, _, _ in found]
        known = [slowest for slowest in late if slowest is not None]
        worst = milliseconds(max(known)) if len(known) == len(late) else said["never"]
        bounds = sorted({bound for _, bound, _ in found})
        text = " / ".join(milliseconds(bound) for bound in bounds)
        rows.append((steps.get(step, step), worst, text, _state([holds for _, _, holds in found], said)))
    if not rows:
        return tag("p", said["not_run"])
    return _table((said["step"], said["slowest"], said["bound"], said["verdict"]), rows)


def _grid(run: Run, language: str) -> Markup:
    events, resources = words.EVENTS[language], words.RESOURCES[language]
    said = words.TEXTS[language]
    head = [tag("th", ""), *(tag("th", one, scope="col") for one in resources_of(run))]
    body = []
    for row in squares(run):
        name = tag("th", f"{row[0].event} {events.get(row[0].event, '')}".strip(), scope="row")
        cells = [
            tag(
                "td",
                MARKS[square.state],
                class_=square.state.replace(" ", "-").lower(),
                title=said[square.state],
            )
            for square in row
        ]
        body.append(tag("tr", name, *cells))
    legend = ", " if language == "en" else "、"
    places = legend.join(f"{one} {resources[one]}" for one in resources_of(run) if one in resources)
    signs = legend.join(f"{sign} {said[state]}" for state, sign in MARKS.items())
    grid = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), class_="grid")
    return join(
        (grid, tag("p", f"{signs}. {places}" if language == "en" else f"{signs}。{places}", class_="soft"))
    )


def _pictures(run: Run, language: str) -> Markup:
    names = [name for name in words.PICTURES[language] if name in run.pictures]
    if not names:
        return Markup("")
    figures = []
    for name in names:
        caption = words.PICTURES[language][name]
        source = f"data:image/png;base64,{b64encode(run.pictures[name]).decode()}"
        figures.append(tag("figure", tag("img", src=source, alt=caption), tag("figcaption", caption)))
    return join((tag("h2", words.TEXTS[language]["pictures"]), tag("div", *figures, class_="pictures")))


def _limits(run: Run, language: str) -> Markup:
    emulated = words.EMULATION_LIMITS[language] if run.target == "EMULATED" else ()
    texts = (*words.LIMITS[language], *emulated)
    return tag("ul", *(tag("li", text) for text in texts))


def _again(run: Run, language: str, sums_sha256: str, signature: str) -> Markup:
    said = words.TEXTS[language]
    command = again(run)
    return tag(
        "ul",
        tag("li", _with_code(said["again_folder"]), tag("br"), tag("code", sums_sha256)),
        tag("li", _with_code(said["again_run"].format(command=command))),
        tag("li", signature),
    )


def _state(held: Sequence[bool], said: Mapping[str, str]) -> Markup:
    state = "not run" if not held else "holds" if all(held) else "BROKEN"
    return tag("td", f"{MARKS[state]} {said[state]}", class_=state.replace(" ", "-").lower())


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> Markup:
    body = []
    for first, *others in rows:
        cells = [other if isinstance(other, Markup) else tag("td", other) for other in others]
        body.append(tag("tr", tag("th", first, scope="row"), *cells))
    head = tag("thead", tag("tr", *(tag("th", text, scope="col") for text in heads)))
    return tag("table", head, tag("tbody", *body))


def _with_code(text: str) -> Markup:
    """Text in which what stands between backquotes is code."""
    parts = CODE.split(text)
    return join(tag("code", part) if at % 2 else part for at, part in enumerate(parts))
