"""test_docs_windows: the page for IT on Windows has the policies, events and signs of the code, in both languages."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from kesu.agent.windows import events
from kesu.agent.windows.sign import TIPS, Sign
from kesu.spec.agent_policies import KEY, POLICIES
from kesu_dev.distribution import message_file, msi

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"en": DOCS / "windows.md", "ja": DOCS / "ja" / "windows.md"}


def rows(text: str, first: str) -> list[list[str]]:
    """Cells of the rows of a table whose head begins with that cell."""
    lines = text[text.index(f"| {first} |") :].split("\n\n", maxsplit=1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("language", PAGES)
def test_every_policy_event_and_sign_is_in_the_page(language: str) -> None:
    text = PAGES[language].read_text(encoding="utf-8")
    policies = rows(text, {"en": "policy", "ja": "ポリシー"}[language])
    assert [cells[0].strip("`") for cells in policies] == [policy.name for policy in POLICIES]
    for cells, policy in zip(policies, POLICIES, strict=True):
        assert policy.table == "file" or f"`[{policy.table}]`" in cells[1]
    numbers = [
        int(number)
        for cells in rows(text, {"en": "event", "ja": "イベント"}[language])
        for number in cells[0].split(",")
    ]
    assert numbers == [event.number for event in events.EVENTS]
    tips = [cells[1] for cells in rows(text, {"en": "sign", "ja": "表示"}[language])]
    assert sorted(tips) == sorted(TIPS[language][sign] for sign in Sign)


@pytest.mark.parametrize("language", PAGES)
def test_places_and_limits_are_those_of_the_code(language: str) -> None:
    text = PAGES[language].read_text(encoding="utf-8")
    for place in (msi.RUN_KEY, msi.RUN_VALUE, msi.EVENT_KEY, msi.AGENT, msi.COMMAND, message_file.NAME):
        assert place in text, place
    assert str(events.PER_HOUR) in text
    assert KEY.startswith("Software\\Policies\\Kesu")


def test_the_checklist_says_that_no_step_was_seen() -> None:
    """Nobody has run it on Windows: a step that was run says when, and this test is changed with it."""
    unseen = {
        "en": "No step has been seen on Windows yet.",
        "ja": "Windowsで確認した手順は、まだありません。",
    }
    counts = set()
    for language, page in PAGES.items():
        text = page.read_text(encoding="utf-8")
        steps = rows(text, {"en": "step", "ja": "手順"}[language])
        counts.add(len(steps))
        assert unseen[language] in text
        assert {len(cells) for cells in steps} == {2}
    assert len(counts) == 1
    assert counts.pop() > 10
