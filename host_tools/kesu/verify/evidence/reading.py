"""reading: parses report.json into a Run, strictly: no missing or additional fields, no other types.

Computed fields are not read: writing the run again and comparing the result checks them.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from kesu.verify.results import CONCLUSIONS, SCHEMA, Run

LARGEST = 10**15
"""Largest number allowed in a report: times are in milliseconds, addresses have 32 bits."""
COMPUTED = ("schema", "verdict", "scenarios", "drawn")
DEEPEST = 12


class NotAReport(ValueError):
    """An error in the content of a report.json; the text continues a sentence that begins with the file name."""


def run_of(report: Any) -> Run:
    """The run of a parsed report.json, without its pictures. Raises NotAReport."""
    if not isinstance(report, dict):
        raise NotAReport("is not a report")
    if report.get("schema") != SCHEMA or isinstance(report.get("schema"), bool):
        raise NotAReport(f"has schema {report.get('schema')!r}; this version of kesu knows {SCHEMA}")
    given = {name: value for name, value in report.items() if name not in COMPUTED}
    for name, conclusions in CONCLUSIONS.items():
        if isinstance(given.get(name), list):
            given[name] = [_facts(entry, name, conclusions) for entry in given[name]]
    missing = [name for name in COMPUTED if name not in report]
    if missing:
        raise NotAReport(f"lacks {missing[0]}")
    given["pictures"] = {}
    run: Run = _record(Run, given, "the report")
    return run


def _facts(entry: Any, part: str, conclusions: tuple[str, ...]) -> Any:
    if not isinstance(entry, dict):
        return entry
    lacking = [word for word in conclusions if word not in entry]
    if lacking:
        raise NotAReport(f"has an entry of {part} without {lacking[0]}")
    return {name: value for name, value in entry.items() if name not in conclusions}


def _record(kind: type, given: Any, where: str) -> Any:
    if not isinstance(given, dict):
        raise NotAReport(f"has something else than a record in {where}")
    names = {field.name for field in fields(kind)}
    strange = [*sorted(names - given.keys()), *sorted(given.keys() - names)]
    if strange:
        lacks = "lacks" if strange[0] in names else "has an unknown"
        raise NotAReport(f"{lacks} {strange[0]!r} in {where}")
    hints = _hints(kind)
    return kind(**{name: _value(hints[name], value, f"{where}: {name}") for name, value in given.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _form(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    return get_origin(kind), get_args(kind)


def _value(kind: Any, given: Any, where: str) -> Any:
    origin, inner = _form(kind)
    if origin in (Union, types.UnionType):
        if given is None:
            return None
        (kind,) = [one for one in inner if one is not type(None)]
        return _value(kind, given, where)
    if origin is Literal and given in inner and isinstance(given, str):
        return given
    if origin in (list, tuple) and isinstance(given, list):
        return origin(_value(inner[0], entry, where) for entry in given)
    if origin is dict and isinstance(given, dict):
        return {name: _value(inner[1], entry, f"{where}: {name[:40]}") for name, entry in given.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, given, where)
    if kind is Any:
        return _any(given, where, DEEPEST)
    if kind is float and _number(given):
        return given
    if kind is int and _number(given) and isinstance(given, int):
        return given
    if kind in (str, bool) and type(given) is kind:
        return given
    raise NotAReport(f"has {_shown(given)} in {where}, which cannot be there")


def _any(given: Any, where: str, deepest: int) -> Any:
    """JSON of any shape, its numbers within bounds."""
    if deepest == 0:
        raise NotAReport(f"is nested too deep in {where}")
    if isinstance(given, dict):
        return {name: _any(value, where, deepest - 1) for name, value in given.items()}
    if isinstance(given, list):
        return [_any(value, where, deepest - 1) for value in given]
    if given is None or isinstance(given, str | bool) or _number(given):
        return given
    raise NotAReport(f"has {_shown(given)} in {where}, which cannot be there")


def _number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and -LARGEST < given < LARGEST


def _shown(given: Any) -> str:
    return "a list" if isinstance(given, list | dict) else repr(given)[:40]
