"""walk: every value that can be reached from an object, by its path: the whole state of a virtual pad, without a list.

It follows attributes (also those of compiled classes), items, closures, bound methods and ctypes structures. A field
that a model gains is found without any change here. What may be left out is named by the caller, by path.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import functools
import hashlib
import random
import types
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from operator import attrgetter
from typing import Any

import numpy as np

MOST = 100_000
"""More objects than any pad has."""
LONGEST = 4_096
"""Longer content is replaced by its SHA-256."""
_PLAIN = (int, float, str, bool, type(None), complex, range)
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)
_POINTERS = (ctypes.c_void_p, ctypes.c_char_p, ctypes.CFUNCTYPE(None).__mro__[1], ctypes._Pointer)
_NOT_STATE = frozenset(("__dict__", "__weakref__", "__doc__", "__module__"))

Child = tuple[str, Any]


def walk(root: Any, left_out: Callable[[str, type], bool]) -> dict[str, str]:
    """Every value below `root` as text, by path; the nearest path if several lead to it. left_out: whether a value of
    that path and class, and all below it, is not wanted. The same state gives the same result in every process."""
    found: dict[str, str] = {}
    paths: dict[int, str] = {id(root): ""}
    kept = [root]  # so that no identity is used twice
    queue: deque[tuple[str, Any]] = deque((("", root),))
    while queue:
        path, thing = queue.popleft()
        for name, value in _children(thing):
            below = f"{path}{name}"
            if left_out(below, type(value)):
                continue
            text = _leaf(value)
            if text is not None:
                found[below] = text
                continue
            known = paths.get(id(value))
            if known is not None:
                found[below] = f"is {known}"
                continue
            paths[id(value)] = below
            kept.append(value)
            label = _label(value)
            if label:
                found[below] = label
            queue.append((below, value))
            if len(kept) > MOST:
                raise RuntimeError(
                    f"the state has no end at {below}: a property that makes a new object each time?"
                )
    return found


def _leaf(value: Any) -> str | None:
    """The value as text if nothing is below it."""
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, bytes | bytearray | memoryview):
        return _content(bytes(value))
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape} {_content(value.tobytes())}"
    if isinstance(value, random.Random):
        return _content(repr(value.getstate()).encode())
    if isinstance(value, np.random.Generator):
        return _content(repr(value.bit_generator.state).encode())
    if isinstance(value, ctypes.Array) and issubclass(value._type_, ctypes._SimpleCData):
        return _content(bytes(value))
    if isinstance(value, types.ModuleType | type | types.BuiltinFunctionType):
        return getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
    if isinstance(value, _POINTERS):
        return "a pointer"
    return _buffer(value)


def _buffer(value: Any) -> str | None:
    """The content of an object with the buffer protocol: the views of compiled classes, for example."""
    if isinstance(value, ctypes.Array | ctypes.Structure):
        return None
    try:
        view = memoryview(value)
    except TypeError:
        return None
    return _content(view.tobytes())


def _content(raw: bytes) -> str:
    return raw.hex() if len(raw) <= LONGEST else f"{len(raw)} bytes {hashlib.sha256(raw).hexdigest()}"


def _label(value: Any) -> str:
    """What a thing is, beside what is below it: its length or the name of its code."""
    if isinstance(value, dict | list | tuple | deque | set | frozenset):
        return f"{len(value)} entries"
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return type(value).__qualname__


def _children(thing: Any) -> Iterator[Child]:
    if isinstance(thing, types.MethodType):
        yield ".self", thing.__self__
        return
    if isinstance(thing, types.FunctionType):
        yield from _of_function(thing)
    elif isinstance(thing, functools.partial):
        yield from ((".func", thing.func), (".args", thing.args), (".keywords", thing.keywords))
        return
    elif isinstance(thing, dict | types.MappingProxyType):
        yield from ((f"[{_key(key)}]", value) for key, value in _ordered(thing))
    elif isinstance(thing, list | tuple | deque | ctypes.Array):
        yield from ((f"[{index}]", value) for index, value in enumerate(thing))
    elif isinstance(thing, set | frozenset):
        yield from ((f"{{{index}}}", value) for index, value in enumerate(sorted(thing, key=_key)))
    elif isinstance(thing, ctypes.Structure):
        yield from ((f".{field[0]}", _of_structure(thing, field)) for field in thing._fields_)
    yield from _attributes(thing)


def _of_structure(thing: ctypes.Structure, field: Any) -> Any:
    return (
        "a pointer" if field[1] in _POINTERS or issubclass(field[1], _POINTERS) else getattr(thing, field[0])
    )


def _of_function(thing: types.FunctionType) -> Iterator[Child]:
    """What a function carries: its closure and its defaults."""
    for name, cell in zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True):
        try:
            yield f".closure.{name}", cell.cell_contents
        except ValueError:  # not bound yet
            continue
    for index, value in enumerate(thing.__defaults__ or ()):
        yield f".default[{index}]", value
    for name, value in (thing.__kwdefaults__ or {}).items():
        yield f".default[{name}]", value


def _attributes(thing: Any) -> Iterator[Child]:
    own = getattr(thing, "__dict__", None)
    if isinstance(own, dict):
        yield from ((f".{name}", own[name]) for name in sorted(own))
    if isinstance(thing, types.FunctionType):
        return  # its descriptors are of the program
    for name in _described(type(thing)):
        try:
            yield f".{name}", attrgetter(name)(thing)
        except AttributeError:  # a slot that is not set
            continue


_NAMES: dict[type, tuple[str, ...]] = {}


def _described(kind: type) -> tuple[str, ...]:
    """Names of slots, and of fields and properties of a compiled class. Properties written in Python are computed from
    other fields, and are left out."""
    if kind in _NAMES:
        return _NAMES[kind]
    names = {
        name
        for base in kind.__mro__
        for name, value in vars(base).items()
        if isinstance(value, _DESCRIPTORS) and name not in _NOT_STATE
    }
    return _NAMES.setdefault(kind, tuple(sorted(names)))


def _ordered(entries: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return sorted(entries.items(), key=lambda entry: _key(entry[0]))


def _key(key: Any) -> str:
    """A name of a key that is the same in every process."""
    if isinstance(key, int) and not isinstance(key, bool | Enum):
        return f"{key:#010x}"
    if isinstance(key, str):
        return key
    if callable(key) and hasattr(key, "__qualname__"):
        return f"{key.__module__}.{key.__qualname__}"
    return _leaf(key) or type(key).__qualname__
