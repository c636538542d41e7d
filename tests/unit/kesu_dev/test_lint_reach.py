"""test_lint_reach: every tracked file of a language is read by the tools that ./dev lint runs for it.

An exclude, a suffix or a folder that a tool leaves out by itself has dropped files before. So each tool is asked
which files it reads, or gets a copy of the tree in which every file has one fault more, and must name them all.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kesu.demo.page.bundle import SOURCES, install_packages
from kesu_dev.checks import languages, plain_words
from kesu_dev.checks.tracked import ROOT, tracked

PROGRAMS = Path(sys.executable).parent
BIOME = SOURCES / "node_modules" / ".bin" / "biome"
WEB = "host_tools/web/"
STOCK = "host_tools/kesu/images/toolchain/stock/"

NOT_CHECKED_BY_MYPY = (STOCK, "firmware/manifests/")
"""MicroPython's manifests: what they call is defined by manifestfile.py, not by a module."""
NOT_READ_BY_BIOME = {f"{WEB}package-lock.json"}
"""npm writes it; biome leaves it out by itself."""
NOT_FORMATTED = {
    "docs/card/operator-card-en.html",
    "docs/card/operator-card-ja.html",
    "docs/examples/browser-policies/chrome-or-edge-linux.json",
    "docs/fault-runs.json",
    "docs/leak-campaigns.json",
    "docs/verify-runs.json",
    "hardware/enclosure/made.json",
    "tests/crosscheck/ink.json",
}
"""biome.jsonc says why."""
LANGUAGES = {
    "ruff": (".py", ".pyi"),
    "biome": (".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".css", ".html", ".json", ".jsonc"),
}


def of(tool: str) -> set[str]:
    return {name for name in tracked(ROOT) if name.endswith(LANGUAGES[tool])}


def output(*command: str | Path, cwd: Path = ROOT) -> str:
    """All that a tool prints; its exit code says only whether it has found something."""
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=280)
    assert ran.returncode in (0, 1), ran.stderr
    return ran.stdout + ran.stderr


def below(root: Path, names: list[str]) -> set[str]:
    return {str(Path(name).relative_to(root)) if Path(name).is_absolute() else name for name in names}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all tracked files; those of the checked languages end with a fault."""
    root = tmp_path_factory.mktemp("faulty")
    faults = {
        **dict.fromkeys((".py", ".pyi"), "\nimport  a_fault\n"),
        **dict.fromkeys((".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"), "\ndebugger  ;\n"),
        ".css": "\n.a_fault  { colr: red  }\n",
        ".html": '\n<img   src="a.png">\n',
        **dict.fromkeys((".json", ".jsonc"), "\n\n\n\n"),
        **dict.fromkeys((".c", ".h", ".cpp"), "\nint   a_fault  ;\n"),
    }
    scripts = set(languages.files(languages.LANGUAGES["shell"]))
    for name in tracked(ROOT):
        fault = "\nif [ $a_fault = 1 ]; then echo; fi\n" if name in scripts else faults.get(Path(name).suffix)
        if fault is None and name not in (".gitignore", ".clang-format"):
            continue
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        content = (ROOT / name).read_bytes()
        target.write_bytes(content.rstrip(b"\n") + fault.encode() if fault else content)
    for name in ("pyproject.toml", "biome.jsonc"):
        shutil.copyfile(ROOT / name, root / name)
    return root


@pytest.mark.slow
def test_ruff_checks_every_python_file(faulty: Path) -> None:
    text = output(PROGRAMS / "ruff", "check", "--no-cache", "--output-format", "json", ".", cwd=faulty)
    found = below(faulty, [item["filename"] for item in json.loads(text)])
    assert found >= of("ruff")


@pytest.mark.slow
def test_an_excluded_folder_is_missed(faulty: Path) -> None:
    command = (
        PROGRAMS / "ruff",
        "check",
        "--no-cache",
        "--output-format",
        "json",
        "--exclude",
        "images",
        ".",
    )
    found = below(faulty, [item["filename"] for item in json.loads(output(*command, cwd=faulty))])
    missed = of("ruff") - found
    assert "host_tools/kesu/images/toolchain/image.py" in missed


def test_ruff_formats_every_python_file(faulty: Path) -> None:
    text = output(
        PROGRAMS / "ruff", "format", "--no-cache", "--check", "--output-format", "json", ".", cwd=faulty
    )
    found = below(faulty, [item["filename"] for item in json.loads(text[: text.rindex("]") + 1])])
    assert found >= of("ruff")


@pytest.mark.slow
def test_mypy_reads_every_python_file() -> None:
    read: set[str] = set()
    for step in steps():
        if step[0] == "mypy":
            text = output(PROGRAMS / "mypy", *step[1:], "-v")
            read |= below(ROOT, re.findall(r"Found source: +BuildSource\(path='([^']+)'", text))
    wanted = {name for name in tracked(ROOT) if name.endswith(".py")}
    missing = {name for name in wanted - read if not name.startswith(NOT_CHECKED_BY_MYPY)}
    assert missing == set()
    assert len(read) > 600


def test_no_module_is_free_of_type_errors_by_decree() -> None:
    """MicroPython's own stubs are: their errors are not ours."""
    for name in ("pyproject.toml", "firmware/mypy.ini", "hardware/mypy.ini"):
        text = (ROOT / name).read_text(encoding="utf-8")
        sections = re.split(r"(?m)^\[", text)
        freed = [
            section.split("]")[0] for section in sections if re.search(r"(?i)ignore_errors *= *true", section)
        ]
        assert freed == (["mypy-machine,micropython,_mpy_shed.*"] if name.startswith("firmware") else [])


@pytest.fixture(scope="module")
def biome() -> Path:
    install_packages()
    return BIOME


def reported(text: str) -> set[str]:
    found: set[str] = set()
    for item in json.loads(text[text.index("{") : text.rindex("}") + 1])["diagnostics"]:
        path = item["location"]["path"]
        found.add(path if isinstance(path, str) else path["file"])
    return found


@pytest.mark.slow
def test_biome_formats_every_file_of_its_languages(faulty: Path, biome: Path) -> None:
    text = output(biome, "format", "--reporter=json", "--max-diagnostics=none", ".", cwd=faulty)
    unread = of("biome") - below(faulty, sorted(reported(text)))
    assert (
        unread - {"biome.jsonc"} == NOT_READ_BY_BIOME | NOT_FORMATTED
    )  # its own settings are without a fault


def test_biome_lints_every_file_that_can_have_a_finding(faulty: Path, biome: Path) -> None:
    text = output(biome, "lint", "--reporter=json", "--max-diagnostics=none", ".", cwd=faulty)
    wanted = {name for name in of("biome") if not name.endswith((".json", ".jsonc"))}
    assert wanted - below(faulty, sorted(reported(text))) == set()


@pytest.mark.slow
def test_tsc_reads_every_typescript_file(biome: Path) -> None:
    text = output(biome.with_name("tsc"), "--noEmit", "--listFilesOnly", "-p", str(SOURCES))
    found = below(ROOT, [line for line in text.splitlines() if "node_modules" not in line])
    assert found >= {name for name in tracked(ROOT) if name.endswith((".ts", ".tsx"))}


def test_clang_format_reads_every_c_file(faulty: Path) -> None:
    language = languages.LANGUAGES["c"]
    names = languages.files(language)
    assert set(names) == {name for name in tracked(ROOT) if name.endswith((".c", ".h", ".cpp", ".hpp"))}
    text = output(PROGRAMS / language.check[0], *language.check[1:], *names, cwd=faulty)
    assert set(re.findall(r"(?m)^(\S+?):\d+:\d+: error", text)) == set(names)


def test_shellcheck_reads_every_script(faulty: Path) -> None:
    language = languages.LANGUAGES["shell"]
    names = languages.files(language)
    executable = [name for name in tracked(ROOT) if (ROOT / name).stat().st_mode & 0o100]
    started_by_a_shell = [
        name for name in executable if b"sh" in (ROOT / name).read_bytes().split(b"\n", 1)[0]
    ]
    assert set(names) >= {*started_by_a_shell, "dev", ".ci/run", ".ci/fresh"}
    text = output(PROGRAMS / language.check[0], *language.check[1:], "--format=gcc", *names, cwd=faulty)
    assert {line.split(":")[0] for line in text.splitlines()} >= set(names)


def test_the_words_of_every_source_and_page_are_checked() -> None:
    suffixes = (
        ".c",
        ".css",
        ".h",
        ".html",
        ".js",
        ".jsonc",
        ".md",
        ".mjs",
        ".py",
        ".pyi",
        ".toml",
        ".ts",
        ".yml",
    )
    wanted = {name for name in tracked(ROOT) if name.endswith(suffixes)}
    wanted |= set(languages.files(languages.LANGUAGES["shell"]))
    assert wanted - set(plain_words.files(ROOT)) == {"docs/style.md"}  # the list itself


def test_a_script_is_known_by_its_first_line(tmp_path: Path) -> None:
    shell = languages.LANGUAGES["shell"]
    for number, (line, expected) in enumerate(
        {
            "#!/bin/sh": True,
            "#!/usr/bin/env bash": True,
            "#! /usr/bin/env -S bash -e": True,
            "#!/usr/bin/env python3": False,
            "echo": False,
        }.items()
    ):
        name = f"script{number}"
        (tmp_path / name).write_text(f"{line}\n", encoding="utf-8")
        assert languages.files(shell, tmp_path, [name]) == ([name] if expected else [])


def test_a_language_without_files_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "files", lambda language: [])
    assert languages.main(["c"]) == 1
    assert languages.main([]) == languages.main(["cobol"]) == 2


def steps() -> list[list[str]]:
    """The commands of ./dev lint, as words."""
    text = (ROOT / "dev").read_text(encoding="utf-8")
    listed = re.search(r"(?m)^LINT=\([^\n]*\n(.*?)^\)", text, re.DOTALL)
    assert listed is not None
    return [
        shlex.split(entry.split(": ", 1)[1]) for entry in re.findall(r'^    "(.*)"$', listed[1], re.MULTILINE)
    ]


def test_lint_runs_each_of_these_tools() -> None:
    run = [" ".join(step) for step in steps()]
    for command in (
        "ruff check .",
        "ruff format --check .",
        "mypy",
        "mypy --config-file firmware/mypy.ini",
        "mypy --config-file hardware/mypy.ini",
        "biome ci --colors=off --error-on-warnings .",
        "tsc --noEmit -p host_tools/web",
        "python -m kesu_dev.checks.languages c",
        "python -m kesu_dev.checks.languages shell",
        "python -m kesu_dev.checks.dead_code",
    ):
        assert command in run
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert "entry: ./dev lint\n" in hooks


IGNORED = re.compile(r"# type: ignore(?:\[([a-z, -]+)\](  # \S.*)?)?")


def test_every_ignored_type_error_has_a_code_and_a_reason() -> None:
    """A method of a fake that a test replaces needs no words."""
    without = [
        f"{name}:{number}"
        for name in tracked(ROOT)
        if name.endswith(".py") and name != "tests/unit/kesu_dev/test_lint_reach.py"
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        if not has_reason(line)
    ]
    assert without == []
    assert not has_reason("x = y  # type: ignore")
    assert not has_reason("x = y  # type: ignore[attr-defined]")
    assert has_reason("x = y  # type: ignore[attr-defined]  # Windows has none")


def has_reason(line: str) -> bool:
    found = IGNORED.search(line)
    return not found or bool(found[2]) or found[1] == "method-assign"
