"""junit: the run as JUnit XML, for servers that collect test results."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from xml.etree import ElementTree

from kesu.verify.evidence.grid import GONE_LATE
from kesu.verify.evidence.markup import clean
from kesu.verify.evidence.words import milliseconds
from kesu.verify.results import Run


def junit_xml(run: Run) -> bytes:
    """One suite for each part of the run; a case fails with the reason that the report gives."""
    root = ElementTree.Element("testsuites", name=f"kesu verify ({run.target})")
    _suite(
        root,
        run,
        "matrix",
        [
            (
                f"{cell.event} x {cell.resource}, {cell.scenario}, seed {cell.seed}",
                cell.reason,
            )
            for cell in run.cells
        ],
    )
    _suite(
        root,
        run,
        "timings",
        [
            (
                f"{timing.step}, {timing.event}",
                "" if timing.holds else f"{timing.slowest}, allowed {milliseconds(timing.bound_ms)}",
            )
            for timing in run.timings
        ],
    )
    _suite(
        root,
        run,
        "pairs",
        [
            (
                f"{pair.kind}, {pair.event}, seed {pair.seed}",
                "" if pair.holds else pair.reason or "bytes that depend on ink are not under the mask",
            )
            for pair in run.pairs
        ],
    )
    _suite(root, run, "walks", [(f"walk, seed {walk.seed}", walk.reason) for walk in run.walks])
    _suite(
        root,
        run,
        "guided",
        [
            (f"guided search, seed {one.seed}", "" if one.holds else one.reason or "reached nothing")
            for one in run.guided
        ],
    )
    _suite(root, run, "coverage", [(kind.kind, "; ".join(kind.open)) for kind in run.coverage])
    _suite(
        root,
        run,
        "structure",
        [(finding.rule, "" if finding.holds else finding.detail) for finding in run.findings],
    )
    _suite(
        root,
        run,
        "mutants",
        [
            (mutant.name, "" if mutant.caught else f"not caught: {mutant.change}")
            for mutant in run.mutants
            if not mutant.drawn
        ],
    )
    _suite(
        root,
        run,
        "drawn leaks",
        [
            (mutant.name, "" if mutant.caught else f"survived: {mutant.change}")
            for mutant in run.mutants
            if mutant.drawn
        ],
        "skipped",  # about the checks, not about the image
    )
    _suite(
        root,
        run,
        "faults",
        [
            (
                f"{trial.campaign}: {trial.fault}, seed {trial.seed}",
                "" if trial.holds else trial.reason or GONE_LATE,
            )
            for trial in run.faults
        ],
    )
    errors = ["the run was interrupted"] if run.interrupted else []
    errors += [f"could not be run: {failure.job}: {failure.reason}" for failure in run.failures]
    errors += [f"missing: {part}" for part in run.missing]
    if errors:
        suite = ElementTree.SubElement(root, "testsuite", name="run", tests="1", failures="0", errors="1")
        case = ElementTree.SubElement(
            suite, "testcase", classname="kesu.verify.runner", name="ran to its end"
        )
        ElementTree.SubElement(case, "error", message=clean("; ".join(errors)))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{run.seconds:.3f}")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _suite(
    root: ElementTree.Element, run: Run, name: str, cases: list[tuple[str, str]], outcome: str = "failure"
) -> None:
    """outcome: the element of a case that has a reason."""
    if not cases:
        return
    failures = sum(bool(reason) for _, reason in cases) if outcome == "failure" else 0
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=f"{name} ({run.target})",
        tests=str(len(cases)),
        failures=str(failures),
        errors="0",
        timestamp=clean(run.started),
    )
    for title, reason in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=f"kesu.{name}", name=clean(title))
        if reason:
            ElementTree.SubElement(case, outcome, message=clean(reason))
