"""test_evidence_pages: the report, the letter and the JUnit file show what the run found, with text escaped."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from base64 import b64encode
from html.parser import HTMLParser
from xml.etree import ElementTree

import evidence_runs
import pytest
from kesu.verify.evidence.contents import HEADINGS, LIST
from kesu.verify.evidence.grid import reasons
from kesu.verify.evidence.junit import junit_xml
from kesu.verify.evidence.letter import letter_markdown, letter_page
from kesu.verify.evidence.markup import Markup, tag
from kesu.verify.evidence.report import report_page
from kesu.verify.evidence.words import EVENTS, RESOURCES
from kesu.verify.results import Run

VOID = {"br", "img", "meta"}


class Reader(HTMLParser):
    """Reads a page as a browser does: elements, visible text, and whether every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "body" in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@pytest.fixture(params=["holding", "broken", "incomplete"])
def run(request: pytest.FixtureRequest) -> Run:
    made: Run = getattr(evidence_runs, request.param)()
    return made


def test_the_pages_are_self_contained_and_well_formed(run: Run) -> None:
    for page in (report_page(run), letter_page(run)):
        reader = Reader(page)
        assert reader.open == []
        names = {name for name, _ in reader.elements}
        assert not names & {"script", "link", "iframe", "object", "form"}
        for _, attributes in reader.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert (attributes.get("src") or "data:").startswith("data:image/png;base64,") or (
                "src" not in attributes
            )
            assert (attributes.get("href") or "#").startswith("#"), "links lead to places of the page only"
        assert "url(" not in page
        assert "@import" not in page


def test_the_contents_list_leads_to_every_heading_in_both_languages(run: Run) -> None:
    reader = Reader(report_page(run))
    places = [str(attributes["id"]) for name, attributes in reader.elements if name == "h2"]
    links = [str(attributes["href"]) for name, attributes in reader.elements if name == "a"]
    assert places[0] == LIST
    assert links == [f"#{LIST}", *(f"#{place}" for place in places[1:])]
    for place in places[1:]:
        assert all(reader.texts.count(heading) >= 1 for heading in HEADINGS[place])
    run.search = {}
    without = Reader(report_page(run))
    assert not [attributes for _, attributes in without.elements if attributes.get("href") == "#search"]


def test_the_verdict_and_the_target_come_first(run: Run) -> None:
    text = Reader(report_page(run)).text
    assert text.index("EMULATED") < text.index(run.verdict)
    assert run.verdict in text[:400]
    assert "No physical pad was measured" in text
    run.target = "HARDWARE"
    for page in (report_page(run), letter_page(run)):
        reader = Reader(page)
        assert ("header", {"class": "mark hardware"}) in reader.elements
        assert "HARDWARE" in reader.text
        assert "EMULATED" not in reader.text
    assert "**HARDWARE**" in letter_markdown(run)


def test_hostile_text_stays_text() -> None:
    run = evidence_runs.broken()
    reader = Reader(report_page(run))
    assert "<script>alert(1)</script>" in reader.text
    assert "in <heap> & \"stack\" 'x'" in reader.text
    assert "\x07" not in reader.text
    assert str(tag("p", "a<b", title='"x')) == '<p title="&quot;x">a&lt;b</p>'
    assert str(tag("p", Markup("<b>"))) == "<p><b></p>", "existing markup is left unchanged"


def test_every_square_has_text_besides_its_colour() -> None:
    run = evidence_runs.broken()
    run.cells = [cell for cell in run.cells if cell.event != "E9"]
    page = report_page(run)
    cells = re.findall(r'<td class="(good|bad|open)"><b>(.*?)</b>', page)
    assert len(cells) == len(EVENTS) * len(RESOURCES)
    words = {"good": "✓ holds", "bad": "✗ BROKEN", "open": "– not run"}
    assert all(words[colour] == said for colour, said in cells)
    assert [colour for colour, _ in cells].count("bad") == 2
    assert [colour for colour, _ in cells].count("open") == len(RESOURCES)


def test_reasons_name_every_failure() -> None:
    assert reasons(evidence_runs.holding()) == []
    said = "\n".join(reasons(evidence_runs.broken()))
    for part in ("WIPE key pressed (E1)", "R1 zero: 9.5 ms", "12 bytes", "a prompt", "was not caught"):
        assert part in said
    text = Reader(report_page(evidence_runs.broken())).text
    assert all(reason.replace("\x07", "\ufffd") in text for reason in reasons(evidence_runs.broken()))


def test_an_empty_run_shows_nothing() -> None:
    run = evidence_runs.holding()
    run.cells = []
    assert run.verdict == "INCOMPLETE"
    assert "nothing is shown" in reasons(run)[0]


def test_only_a_late_step_breaks_the_verdict() -> None:
    run = evidence_runs.holding()
    before = run.verdict
    run.timings = [timing for timing in evidence_runs.broken().timings if not timing.holds]
    assert (before, run.verdict) == ("HOLDS", "BROKEN")


def test_pictures_are_in_the_page() -> None:
    run = evidence_runs.holding()
    page = report_page(run)
    for picture in run.pictures.values():
        assert b64encode(picture).decode() in page
    run.pictures = {}
    assert "kept no pictures" in report_page(run)


def test_junit_counts_what_failed(run: Run) -> None:
    root = ElementTree.fromstring(junit_xml(run))
    wanted = {"HOLDS": (0, 0), "BROKEN": (8, 0), "INCOMPLETE": (0, 1)}[run.verdict]
    assert (int(root.get("failures", "")), int(root.get("errors", ""))) == wanted
    assert len(root.findall(".//failure")) == wanted[0]
    assert len(root.findall(".//testcase")) == int(root.get("tests", "")) > 0
    assert "EMULATED" in root.get("name", "")


def test_the_letter_lists_every_memory_of_a_sealed_pad() -> None:
    run = evidence_runs.holding()
    for text in (Reader(letter_page(run)).text, letter_markdown(run)):
        for part in ("SRAM", "USB RAM", "QSPI flash", "SSD1683", "FT6336U", "178,176", "1,800 ms"):
            assert part in text
    lines = [line for line in letter_markdown(run).splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1, "every row has every cell"


def test_an_image_that_could_keep_a_note_gets_no_letter() -> None:
    service = evidence_runs.holding()
    service.image = service.image | {"manifest": evidence_runs.MANIFEST | {"profile": "service"}}
    for run in (service, evidence_runs.broken(), evidence_runs.incomplete()):
        for text in (Reader(letter_page(run)).text, letter_markdown(run)):
            assert "cannot be given" in text
            assert "QSPI" not in text


def test_hostile_text_adds_no_markup_to_the_letter() -> None:
    run = evidence_runs.holding()
    run.started = "<b>|now|</b>\n# head"
    text = letter_markdown(run)
    assert r"\<b\>\|now\|\</b\> # head" in text
    assert "\n# head" not in text


def test_the_letter_names_the_chips_of_its_panel() -> None:
    run = evidence_runs.holding()
    assert "SSD1683" in letter_markdown(run)
    run.image = run.image | {"manifest": evidence_runs.MANIFEST | {"panel": "2in9"}}
    letter = letter_markdown(run)
    assert not re.search("SSD1683|FT6336U|GDEY042T81|15,000", letter)
    for name in ("SSD1680", "ICNT86X", "6,512", "296 × 128", "1,800 ms", "1,460 ms"):
        assert name in letter
    run.image = run.image | {"manifest": evidence_runs.MANIFEST | {"panel": "7in5"}}
    assert "cannot be given" in letter_markdown(run)
