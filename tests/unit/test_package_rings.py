"""test_package_rings: the packages of host_tools/kesu have no import cycle."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

KESU = Path(__file__).parents[2] / "host_tools" / "kesu"


def named(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """What a module imports anywhere, and modules named in strings, as in the table of commands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports use the full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and node.value in modules:
            yield str(node.value)


def needs(kesu: Path) -> dict[str, set[str]]:
    """Each package and module directly under `kesu` -> the others that it needs."""
    graph = {path.stem: set[str]() for path in kesu.iterdir() if path.suffix == ".py" or path.is_dir()}
    files = [path.relative_to(kesu) for path in kesu.rglob("*.py")]
    modules = {f"kesu.{'.'.join(file.with_suffix('').parts)}" for file in files}
    for file in files:
        own = file.parts[0].removesuffix(".py")
        for name in named(ast.parse((kesu / file).read_text(encoding="utf-8")), modules):
            first, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            if first == "kesu" and other in graph and other != own:
                graph[own].add(other)
    return graph


def ring(graph: dict[str, set[str]]) -> set[str]:
    """The members of one import cycle; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return set(found.args[1])
    return set()


def test_packages_have_no_import_cycle() -> None:
    graph = needs(KESU)
    assert {"verify", "campaigns", "evidence"} <= graph["run"]
    assert "run" in graph["cli"], "by its table of subcommands"
    assert ring(graph) == set()


def test_an_import_cycle_is_found(tmp_path: Path) -> None:
    for name, text in {
        "one/__init__.py": "from kesu import two\n",
        "one/command.py": "",
        "two/deep/module.py": "def later():\n    import kesu.three.part\n",
        "three/part.py": "from kesu.errors import KesuError\nTABLE = {'one': 'kesu.one.command'}\n",
        "errors.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert ring(needs(tmp_path)) == {"one", "two", "three"}
    (tmp_path / "two" / "deep" / "module.py").write_text("import kesu.errors\n", encoding="utf-8")
    assert ring(needs(tmp_path)) == set()
