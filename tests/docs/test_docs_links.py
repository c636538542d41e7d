"""test_docs_links: links, anchors, paths, commands and options in the documents exist."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest
from kesu.cli.commands import main
from markdown_pages import CODE, FENCE, anchor_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "README.ja.md",
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "hardware").rglob("*.md")),
]

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
KESU = re.compile(r"^(?:\$ )?(?:\S*/)?kesu (?P<rest>\S.*)$")
OPTION = re.compile(r"--[a-z][a-z0-9-]*")
DEV = re.compile(r"\./dev ([a-z]+)")
RUN = re.compile(r"\b(?:python|pytest) ([\w-]+/[\w./*-]+)")
# A bare command name, which would run with any Python: a module, a file or a folder follows it.
BARE = re.compile(r"(?<![\w/-])(?:python3? (?:-m (?!venv)\S+|[\w./-]+\.py)|pytest [\w-]+/)")
ENTRIES = re.findall(r"^    ([a-z]+)\)$", (ROOT / "dev").read_text(encoding="utf-8"), re.MULTILINE)


def anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    own = set(re.findall(r'^<a id="([^"]+)"></a>$', text, re.MULTILINE))
    return own | {anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def links_astray(page: Path, text: str) -> list[str]:
    """Relative links of `text`, the text of `page`, whose file or anchor does not exist."""
    astray = []
    for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            astray.append(target)
    return astray


def commands(text: str) -> list[str]:
    """What follows `kesu` in code blocks and in inline code."""
    lines = [line.strip() for block in FENCE.findall(text) for line in block.splitlines()]
    lines += CODE.findall(FENCE.sub("", text))
    # After two spaces or a comment sign, a line of a block has its explanation.
    found = [KESU.match(re.split(r"\s{2,}|\s#", line)[0]) for line in lines]
    return [match["rest"] for match in found if match and not match["rest"].startswith("-")]


def wrong_runs(text: str) -> list[str]:
    """In all code: `./dev X` with an unknown X, Python files or test folders that do not exist, and commands that
    do not name the Python of the clone, `.venv/bin/python`.
    """
    code = "\n".join([*FENCE.findall(text), *CODE.findall(FENCE.sub("", text))])
    wrong = [f"./dev {entry}" for entry in DEV.findall(code) if entry not in ENTRIES]
    wrong += [path for path in RUN.findall(code) if not any(ROOT.glob(path.rstrip("/")))]
    return wrong + BARE.findall(code)


def wrong_command(rest: str) -> str | None:
    """Why `kesu REST` is not a valid command; None if its subcommands and options exist."""
    words = shlex.split(rest.replace("'", ""))
    at: click.Command = main
    context = click.Context(main)
    while words and isinstance(at, click.Group):
        known = at.get_command(context, words[0].rstrip(".,:;"))
        if known is None:
            return None if at is not main and words[0].isupper() else f"no subcommand {words[0]}"
        at, words = known, words[1:]
    options = {name for option in at.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    unknown = [word for word in OPTION.findall(" ".join(words)) if word not in options]
    return f"no option {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_have_a_target(page: Path) -> None:
    assert links_astray(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_documents_exist(page: Path) -> None:
    found = commands(page.read_text(encoding="utf-8"))
    wrong = {f"kesu {rest}": why for rest in found if (why := wrong_command(rest)) is not None}
    assert wrong == {}
    assert wrong_runs(page.read_text(encoding="utf-8")) == []


def test_wrong_links_and_commands_are_found() -> None:
    readme = PAGES[0]
    text = "[a](docs/no-such.md) [b](docs/guarantee.md#no-such-heading) [c](docs/guarantee.md#the-guarantee)"
    assert links_astray(readme, text) == ["docs/no-such.md", "docs/guarantee.md#no-such-heading"]
    block = "```\n$ kesu no-such-thing\nkesu seal IMAGE --al   comment --x\n"
    block += "kesu glass compare a b --out c  # d --e\n```\n"
    faults = [wrong_command(rest) for rest in commands(block + "`.venv/bin/kesu pad --nothing`")]
    assert faults == ["no subcommand no-such-thing", "no option --al", None, "no option --nothing"]
    runs = "```\n./dev demo\n.venv/bin/pytest tests/hil/ --pad all\npython3 -m venv x\n```\n"
    runs += "`.venv/bin/pytest tests/docs/test_docs_*.py`, `pytest -s` and `.venv/bin/python -m kesu`\n"
    assert wrong_runs(runs) == []
    assert wrong_runs(runs + "`./dev nothing` and `.venv/bin/python tests/none.py`") == [
        "./dev nothing",
        "tests/none.py",
    ]
    bare = "```\npytest tests/hil\nA=1 python -m pytest\n```\n`python make.py`"
    assert wrong_runs(bare) == ["pytest tests/", "python -m pytest", "python make.py"]
    # The pages of this checkout are checked, and they contain links and commands.
    assert sum(len(commands(page.read_text(encoding="utf-8"))) for page in PAGES) > 50
    assert sum(len(LINK.findall(page.read_text(encoding="utf-8"))) for page in PAGES) > 50


def test_files_named_in_contributing_exist() -> None:
    text = FENCE.sub("", (DOCS / "contributing.md").read_text(encoding="utf-8"))
    named = {code for code in CODE.findall(text) if re.fullmatch(r"[\w./-]+/[\w.-]+\.\w+", code)}
    assert len(named) > 40
    assert sorted(path for path in named if not (ROOT / path).is_file()) == []
    for topic in ("A panel", "A touch chip", "An adapter", "A language"):
        assert f"## {topic}" in text


def test_the_walks_through_the_code_name_existing_functions() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    steps = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `firmware/")]
    assert len(steps) >= 20
    for files, function in steps:
        (name,) = CODE.findall(function)
        for path in CODE.findall(files):
            assert re.search(rf"\b{name}\(", (ROOT / path).read_text(encoding="utf-8")), f"{name} in {path}"


def constants(file: Path) -> dict[str, bytes]:
    """Byte strings that a firmware module assigns at top level, read without running it."""
    return {
        statement.targets[0].id: statement.value.value
        for statement in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, bytes)
    }


def test_the_allow_list_has_the_usb_ids_of_the_sealed_pad() -> None:
    text = (DOCS / "it-guide.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:3]] for line in text.splitlines() if line.startswith("| ")
    ]
    sheet = {row[0]: row[1] for row in rows if len(row) == 2}
    found = constants(ROOT / "firmware" / "kesu_pad" / "callline.py")
    device, configuration = found["DEVICE"], found["CONFIGURATION"]
    assert sheet["VID:PID"] == f"**{device[9]:02X}{device[8]:02X}:{device[11]:02X}{device[10]:02X}**"
    assert sheet["device class"].startswith("/".join(f"{byte:02X}" for byte in device[4:7]))
    interfaces, endpoints, at = [], [], 0
    while at < len(configuration):
        element = configuration[at : at + configuration[at]]
        if element[1] == 4:
            interfaces.append(f"{element[2]}: " + "/".join(f"{byte:02X}" for byte in element[5:8]))
        if element[1] == 5:
            endpoints.append(f"{element[2]:02X}")
        at += configuration[at]
    assert interfaces == re.findall(r"\d: [0-9A-F/]{8}", sheet["interfaces"])
    assert endpoints == re.findall(r"\b[08][0-9]\b", sheet["endpoints"]), "in the order of the descriptor"
    assert sheet["power"] == f"bus, {configuration[8] * 2} mA at most"
    assert sheet["serial number"] == "none"
    assert device[16] == 0
