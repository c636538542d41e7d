"""test_docs_call_line: the documents name the bytes of the call line as the specification does."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path

from kesu.agent.calls import State
from kesu.spec.call_line import CALL_BYTES, HOLD, KNOWN, MAY_WIPE, MODEM_BITS, PRODUCT, TALK, VENDOR, WIPING

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def states(text: str) -> dict[str, bytes]:
    """State -> byte, from the table of states; nothing is sent in LOST."""
    rows = re.findall(r"^\| `([A-Z]+)` \| (?:`(\w)`|DTR low) \|", text, re.MULTILINE)
    return {name: byte.encode() for name, byte in rows}


def test_the_agents_table_has_the_byte_of_each_state_in_order_of_precedence() -> None:
    table = states(page("agent.md"))
    assert list(table.items()) == [(state.name, state.byte) for state in State]
    assert states(page("agent.md").replace("| `K` |", "| `X` |"))["LOCKED"] == b"X", "the control"


def named(text: str) -> bytes:
    """Single characters in code marks."""
    return "".join(re.findall(r"`(\w)`", text)).encode()


def test_the_guarantees_events_name_every_byte_that_may_wipe() -> None:
    rows = dict(re.findall(r"^\| (E\d+) \| ([^|]*\|[^|]*)\|", page("guarantee.md"), re.MULTILINE))
    assert len(rows) >= 10
    assert set(named(rows["E2"] + rows["E5"] + rows["E6"])) == set(MAY_WIPE)


def test_the_architecture_names_what_ends_after_call_work() -> None:
    (sentence,) = re.findall(r"WRAP_UP ends with a wipe: [^.]*\.", page("architecture.md"))
    ends = {one.byte[0] for one in CALL_BYTES.values() if one.wipes in ("always", "in wrap-up")}
    assert set(named(sentence)) == ends == set(WIPING + TALK + HOLD)
    assert set(KNOWN) >= set(named(sentence))
    assert f"VID {VENDOR:04X}, PID {PRODUCT:04X}" in page("architecture.md")
    assert "the pad answers only with {}, {} and {}".format(*MODEM_BITS) in page("architecture.md")
