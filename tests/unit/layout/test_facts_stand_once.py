"""test_facts_stand_once: no code lists panels or call bytes by hand; host_tools/kesu/spec is their only source."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from kesu.spec.call_line import CALL_BYTES
from kesu.spec.panels import FILMS
from kesu_dev.checks.tracked import tracked

ROOT = Path(__file__).parents[3]
NAMES = frozenset(FILMS)
BYTES = frozenset(one.byte.decode() for one in CALL_BYTES.values())
GENERATED = "host_tools/web/bench/spec.gen.ts"
CHOSEN = {
    "tests/crosscheck/test_agreement.py",
    "tests/hardware/test_pad_shape.py",
    "tests/integration/test_rig_drives_panel.py",  # the deep part measures one variant for each panel
    "tests/support/rig_bench.py",  # a note for each panel
}
"""Tests that choose some of the panels on purpose, or have a source of their own for each."""
SENDERS = {"write", "send", "_said", "say"}
NOISE = frozenset("z?\0\xff")
"""Bytes without a meaning that some runs send on purpose."""


def texts(node: ast.AST) -> list[str]:
    """The constant texts of a list, tuple, set or dictionary's keys, and of the tuples in it."""
    if isinstance(node, ast.Dict):
        inner: list[ast.expr] = [key for key in node.keys if key is not None]
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        inner = node.elts
    else:
        return []
    found = []
    for each in inner:
        if isinstance(each, ast.Constant) and isinstance(each.value, str | bytes):
            value = each.value
            found.append(value.decode("latin-1") if isinstance(value, bytes) else value)
        elif isinstance(each, ast.Tuple):
            found += texts(each)
    return found


def lists(tree: ast.AST) -> Iterator[ast.AST]:
    """Literals that are used as a set of values: the constants of a module, what `in` looks through, sets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(to := node.targets[0], ast.Name) and to.id.isupper():
            yield from ast.walk(node.value)
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            yield node.comparators[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("set", "frozenset"):
            yield from node.args


def lists_by_hand(source: str, *, sends: bool = False) -> Iterator[str]:
    """Each literal in Python code that lists two panels, or three call bytes. Where a byte occurs twice, the literal is
    what the code sends. sends: code that sends many bytes one after the other, so only sets of bytes count."""
    tree = ast.parse(source)
    counted = set(map(id, lists(tree))) if sends else None
    for node in ast.walk(tree):
        listed = texts(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            letters = list(node.value.decode("latin-1"))
            listed = letters if set(letters) <= BYTES else []
        panels, sent = NAMES.intersection(listed), BYTES.intersection(listed)
        several = (
            len(sent) >= 3 and len(listed) == len(set(listed)) and (counted is None or id(node) in counted)
        )
        if len(panels) >= 2 or several:
            yield f"line {node.lineno}: {listed}"  # type: ignore[attr-defined]  # every expression has one


def sent_bytes(source: str) -> set[str]:
    """Characters of the literals that are sent on a call line."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for given in node.args if name in SENDERS else []:
                if (
                    isinstance(given, ast.Constant)
                    and isinstance(given.value, bytes)
                    and len(given.value) <= 2
                ):
                    found |= set(given.value.decode("latin-1"))
    return found


def python(*folders: str) -> list[str]:
    return [name for name in tracked() if name.endswith(".py") and name.startswith(folders)]


@pytest.mark.slow
def test_no_python_code_lists_panels_or_call_bytes() -> None:
    found = {}
    for name in python("host_tools/", "docs/", "hardware/", "tests/"):
        if name in CHOSEN or name == "tests/unit/layout/test_facts_stand_once.py":
            continue
        source = (ROOT / name).read_text(encoding="utf-8")
        by_hand = list(lists_by_hand(source, sends=name.startswith("tests/")))
        if by_hand:
            found[name] = by_hand
    assert found == {}


@pytest.mark.parametrize(
    "code",
    [
        'PANELS = ["4in2", "2in9"]',
        'BOUND = {"4in2": 1, "2in9-v2": 2}',
        'NOTES = {("4in2", "ja"): 1, ("2in9", "ja"): 2}',
        'WIPING = b"EKARP"',
        'WIPING = ("E", "K", "A", "R", "DTR off")',
        'WIPING = {b"E", b"K", b"A", b"P"}',
    ],
)
def test_a_list_by_hand_is_found(code: str) -> None:
    assert list(lists_by_hand(code))
    assert list(lists_by_hand(code, sends=True))


def test_a_test_may_send_bytes_in_a_row_but_not_list_them() -> None:
    assert not list(lists_by_hand('receive(line, b"RTHWEAKP")', sends=True))
    assert list(lists_by_hand('wipes = any(byte in b"EKRAP" for byte in data)', sends=True))
    assert list(lists_by_hand('assert set(heard) <= set(b"RTHWEAKPpMm")', sends=True))


@pytest.mark.parametrize(
    "code", ['panel = "4in2"', 'pad.host.write(b"E")', 'words = ("WIPE", "AWAY", "MODE")']
)
def test_single_names_and_bytes_are_allowed(code: str) -> None:
    assert not list(lists_by_hand(code))


def test_no_page_or_bench_names_a_panel() -> None:
    names = re.compile("|".join(rf"[\"'`]{re.escape(name)}[\"'`]" for name in sorted(NAMES)))
    files = [
        name
        for name in tracked()
        if name.startswith(("host_tools/web/bench/", "host_tools/web/page/", "host_tools/web/scenarios/"))
        and name.endswith((".ts", ".html", ".mjs"))
    ]
    assert GENERATED in files
    assert names.search((ROOT / GENERATED).read_text(encoding="utf-8")), "the control"
    found = [name for name in files if names.search((ROOT / name).read_text(encoding="utf-8"))]
    assert found == [GENERATED]


@pytest.mark.slow
def test_every_byte_that_is_sent_has_a_meaning() -> None:
    found = {}
    for name in python("host_tools/kesu/", "host_tools/kesu_dev/"):
        unknown = sent_bytes((ROOT / name).read_text(encoding="utf-8")) - BYTES - NOISE
        if unknown:
            found[name] = unknown
    assert found == {}
    assert sent_bytes('pad.host.write(b"X")') == {"X"}, "the control"
