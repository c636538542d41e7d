"""statements: every statement of the firmware, and the address of its bytecode in an image's flash.

A sealed image carries no line numbers. Its modules are therefore compiled once more, with line numbers, by
the cross compiler that made the image; the bytecode must equal the image's, byte for byte.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain.request import BuildRequest, BuiltImage
from kesu.images.toolchain.sources import prepared_port
from kesu.images.toolchain.stage import wanted_files
from kesu.verify.structure.code import Code

GENERATED = frozenset(
    {
        "kesu_pad/policy.py",
        "kesu_pad/glyphs.py",
        "kesu_pad/labels_ja.py",
        "kesu_pad/labels_en.py",
        "kesu_pad/geometry.py",
    }
)
"""Tables that the build makes: constants, nothing that runs but their own import."""
_STR, _BYTES, _TUPLE = 5, 6, 10
"""Object types in an .mpy file (py/persistentcode.h)."""


@dataclass(frozen=True)
class Statement:
    """One statement that has bytecode. module: as "kesu_pad/app.py". function: "App.step", "" at module
    level. address: of its first opcode."""

    module: str
    function: str
    line: int
    address: int

    @property
    def name(self) -> str:
        return f"{self.module}:{self.line} {self.function}".rstrip()


@dataclass(frozen=True)
class _Function:
    """One compiled function: its opcodes, its lines as (offset, line), and the functions defined in it."""

    opcodes: bytes
    lines: list[tuple[int, int]]
    inner: list[_Function] = field(default_factory=list)


class _Reader:
    """Reads an .mpy file, version 6 (MicroPython, py/persistentcode.c)."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def byte(self) -> int:
        self.at += 1
        return self.raw[self.at - 1]

    def take(self, count: int) -> bytes:
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self) -> int:
        value = 0
        while True:
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                return value


def statements(image: BuiltImage, firmware: Path | None = None) -> list[Statement]:
    """Every statement with bytecode, in all modules that are not generated, in the order of the files.

    firmware: the tree that the image was built from (default: the checkout's). Raises KesuError when
    the image is another tree's.
    """
    manifest = json.loads(image.manifest.read_text(encoding="utf-8"))
    request = BuildRequest(firmware=firmware, panel=manifest["panel"])
    code = Code(image.elf)
    compiler = prepared_port(request.tree / "patches", {}) / "mpy-cross" / "build" / "mpy-cross"
    found: list[Statement] = []
    for staged, content in sorted(wanted_files(request, manifest["input_hash"][:8]).items()):
        module = staged.removeprefix("app/")
        if staged.startswith("app/") and module not in GENERATED:
            found += _of_module(code, module, content.decode(), compiler)
    return found


def code_span(found: list[Statement]) -> range:
    """The address range of all statements."""
    addresses = [statement.address for statement in found]
    return range(min(addresses), max(addresses) + 1)


def _of_module(code: Code, module: str, source: str, compiler: Path) -> Iterator[Statement]:
    stem = module.removesuffix(".py").replace("/", "_")
    prefix = f"fun_data_{stem}_"
    bodies: dict[bytes, list[int]] = {}
    # mpy-tool.py writes inner functions first, so the last address is the first definition.
    for name, (address, _) in sorted(code.symbols.items(), key=lambda item: item[1], reverse=True):
        if name.startswith(prefix):
            opcodes, _ = _body(code.content(name))
            start = address + len(code.content(name)) - len(opcodes)
            bodies.setdefault(opcodes, []).append(start)
    compiled = _compiled(compiler, module, source)
    yield from _walk(module, ast.parse(source), "", compiled, bodies)


def _compiled(compiler: Path, module: str, source: str) -> _Function:
    with tempfile.TemporaryDirectory(prefix="kesu-lines-") as folder:
        text, out = Path(folder) / "module.py", Path(folder) / "module.mpy"
        text.write_text(source, encoding="utf-8")
        command = [str(compiler), "-O2", "-s", module, "-o", str(out), str(text)]
        subprocess.run(command, check=True, capture_output=True)
        reader = _Reader(out.read_bytes())
    reader.take(4)
    names, objects = reader.number(), reader.number()
    for _ in range(names):
        length = reader.number()
        if not length & 1:
            reader.take((length >> 1) + 1)
    for _ in range(objects):
        _skip_object(reader)
    return _function(reader)


def _skip_object(reader: _Reader) -> None:
    kind = reader.byte()
    if kind == _TUPLE:
        for _ in range(reader.number()):
            _skip_object(reader)
    elif kind >= _STR:
        length = reader.number()
        reader.take(length + (kind <= _BYTES))  # text and bytes end with a zero


def _function(reader: _Reader) -> _Function:
    head = reader.number()
    opcodes, lines = _body(reader.take(head >> 3))
    inner = [_function(reader) for _ in range(reader.number())] if head & 4 else []
    return _Function(opcodes, lines, inner)


def _body(raw: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """Opcodes and lines of a function, after its prelude (MicroPython, py/bc.h)."""
    reader = _Reader(raw)
    first = reader.byte()
    arguments, keywords, shift, byte = first & 3, 0, 0, first
    while byte & 0x80:
        byte = reader.byte()
        arguments |= (byte & 4) << shift
        keywords |= (byte >> 3 & 1) << shift
        shift += 1
    info, cells, shift = 0, 0, 0
    while True:
        byte = reader.byte()
        info |= (byte >> 1 & 0x3F) << 6 * shift
        cells |= (byte & 1) << shift
        shift += 1
        if not byte & 0x80:
            break
    end = reader.at + info
    for _ in range(1 + arguments + keywords):
        reader.number()
    offset, line, lines = 0, 1, []
    while reader.at < end:
        byte = reader.byte()
        if byte & 0x80:
            offset += byte & 0xF
            line += (byte << 4 & 0x700) | reader.byte()
        else:
            offset += byte & 0x1F
            line += byte >> 5
        lines.append((offset, line))
    return raw[end + cells :], lines


def _walk(
    module: str, owner: ast.AST, name: str, function: _Function, bodies: dict[bytes, list[int]]
) -> Iterator[Statement]:
    places = bodies.get(function.opcodes)
    if not places:
        raise KesuError(
            f"{module}: the image does not hold the code of {name or 'the module'} as it is in this tree.",
            hint="Build the image from this tree with `kesu dev build`.",
            code=Exit.DATA,
        )
    start = places.pop(0) if len(places) > 1 else places[0]
    # A line whose successor begins at the same offset has no code: a docstring or a folded constant.
    ends = [offset for offset, _ in function.lines[1:]] + [len(function.opcodes)]
    first_of: dict[int, int] = {}
    for (offset, line), end in zip(
        function.lines, ends, strict=False
    ):  # without lines there is one end too many
        if end > offset:
            first_of.setdefault(line, offset)
    own, inner = _parts(owner)
    for statement in own:
        line = _first_line(statement)
        if line in first_of:
            yield Statement(module, name, statement.lineno, start + first_of[line])
    if len(inner) != len(function.inner):
        raise KesuError(
            f"{module}: {name} holds {len(inner)} functions, {len(function.inner)} compiled.",
            code=Exit.INTERNAL,
        )
    for child, compiled in zip(inner, function.inner, strict=True):
        label = getattr(child, "name", "<expression>")
        yield from _walk(module, child, f"{name}.{label}".lstrip("."), compiled, bodies)


def _first_line(statement: ast.stmt) -> int:
    lines = [statement.lineno]
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        lines += [decorator.lineno for decorator in statement.decorator_list]
    return min(lines)


def _parts(owner: ast.AST) -> tuple[list[ast.stmt], list[ast.AST]]:
    """Statements of a function or class itself, and the functions and classes that it defines, in order."""
    own: list[ast.stmt] = []
    inner: list[ast.AST] = []

    def look(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                own.append(child)
            if isinstance(
                child, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.ListComp | ast.GeneratorExp
            ):
                inner.append(child)
            else:
                look(child)

    look(owner)
    return own, inner
