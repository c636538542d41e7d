"""test_package_rings: no package of host_tools needs, directly or through others, one that needs it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOST_TOOLS = Path(__file__).parents[3] / "host_tools"
GROUPS = frozenset({"demo", "devices", "emulator", "images", "kesu_dev", "verify"})
"""Packages whose parts must not form a ring, either."""


def named(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """What a module imports, anywhere in it, and the modules that it names, as the table of commands does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports say the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and node.value in modules:
            yield str(node.value)


def needs(host_tools: Path, inside: frozenset[str] = frozenset()) -> dict[str, set[str]]:
    """Each package and module right under `kesu`, and `kesu_dev` -> the others that it needs.

    inside: packages of which the parts count, not the whole.
    """
    files = [path.relative_to(host_tools) for path in sorted(host_tools.rglob("*.py"))]
    modules = {".".join(file.with_suffix("").parts).removesuffix(".__init__"): file for file in files}

    def room(name: str) -> str:
        parts = name.split(".")
        while parts and ".".join(parts) not in modules and len(parts) > 1:
            parts.pop()
        parts = parts[1:] if parts[0] == "kesu" else parts
        return ".".join(parts[: 2 if parts and parts[0] in inside else 1])

    plain = {name for name, file in modules.items() if "." in name and file.name != "__init__.py"}
    graph = {room(name): set[str]() for name in modules}
    for name, file in modules.items():
        own = room(name)
        text = (host_tools / file).read_text(encoding="utf-8")
        for other in named(ast.parse(text), plain):
            there = room(other)
            if other.split(".")[0] in ("kesu", "kesu_dev") and there and there != own:
                graph[own].add(there)
    return graph


def ring(graph: dict[str, set[str]]) -> set[str]:
    """The members of one ring; none when there is no ring."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return set(found.args[1])
    return set()


@pytest.mark.slow
def test_no_packages_need_each_other() -> None:
    graph = needs(HOST_TOOLS)
    assert {"verify", "emulator", "common"} <= graph["demo"]
    assert {"verify", "kesu_dev"} <= graph["cli"], "by its tables of commands"
    assert ring(graph) == set()


@pytest.mark.slow
def test_no_parts_of_a_package_need_each_other() -> None:
    graph = needs(HOST_TOOLS, GROUPS)
    assert {"verify.faults", "verify.evidence", "verify.search"} <= graph["verify.runner"]
    assert {"emulator.panel", "emulator.core"} <= graph["emulator.board"]
    assert ring(graph) == set()


def test_a_ring_is_found(tmp_path: Path) -> None:
    kesu = tmp_path / "kesu"
    for name, text in {
        "one/__init__.py": "from kesu import two\n",
        "one/command.py": "",
        "two/__init__.py": "",
        "two/deep/module.py": "def later():\n    import kesu.three.part\n",
        "three/part.py": "from kesu.plain import Error\nTABLE = {'one': 'kesu.one.command'}\n",
        "plain.py": "",
    }.items():
        (kesu / name).parent.mkdir(parents=True, exist_ok=True)
        (kesu / name).write_text(text, encoding="utf-8")
    assert ring(needs(tmp_path)) == {"one", "two", "three"}
    (kesu / "two" / "deep" / "module.py").write_text("import kesu.plain\n", encoding="utf-8")
    assert ring(needs(tmp_path)) == set()
    (kesu / "two" / "high.py").write_text("import kesu.two.deep.module\n", encoding="utf-8")
    (kesu / "two" / "deep" / "low.py").write_text("import kesu.two.high\n", encoding="utf-8")
    assert ring(needs(tmp_path)) == set()
    assert ring(needs(tmp_path, frozenset({"two"}))) == {"two.deep", "two.high"}
