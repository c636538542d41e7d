"""test_exit_codes: the same mistake ends every command with the same code, as docs/cli.md says."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from attacks import kesu, unprivileged
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.command_types import Input, Output
from kesu.common.errors import Exit
from kesu.devices.discovery.host import Host
from test_cli_help import EVERY

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"

# Words of a command; FILE and FOLDER are what the mistake is made with.
FILES = [
    "agent --config FILE",
    "audit FILE",
    "audit FILE --base FILE",
    "card FILE --out NEW",
    "card --policy FILE --out NEW",
    "demo --image FILE --out NEW",
    "dev benchmark legibility FILE",
    "dev benchmark peers --driver FILE",
    "dev benchmark peers --image FILE",
    "dev benchmark peers --recipes FILE",
    "dev benchmark timing FILE",
    "dev benchmark writing FILE",
    "dev build --policy FILE",
    "dev oracle FILE",
    "dev review-trace FILE",
    "dev uses FILE",
    "dev rehearse FILE",
    "dev sync --policy FILE",
    "devices --record FILE",
    "doctor --record FILE",
    "evidence check . --public-key FILE",
    "evidence print . --out NEW.pdf --public-key FILE",
    "faults FILE",
    "flash FILE",
    "evidence check . --image FILE",
    "flash FILE --public-key FILE",
    "flash FILE --policy FILE",
    "flash FILE --base FILE",
    "glass compare FILE FILE",
    "glass compare FILE FILE --blank FILE",
    "harden --plan --from FILE",
    "hook --install microsip --program /kesu FILE",
    "line FILE",
    "policy apply FILE FILE --out NEW",
    "policy show FILE",
    "relay --config FILE",
    "release --sign FILE",
    "release --public-key FILE --evidence .",
    "seal FILE",
    "seal FILE --public-key FILE",
    "seal FILE --policy FILE",
    "seal FILE --base FILE",
    "verify FILE",
    "verify FILE --sign FILE --out NEW",
]
FOLDERS = [
    "dev assets --folder FOLDER",
    "dev assets --fonts FOLDER",
    "dev build --firmware FOLDER",
    "dev build --micropython FOLDER",
    "dev build --pico-sdk FOLDER",
    "dev build --tinyusb FOLDER",
    "dev sync FOLDER",
    "dev wheel --release FOLDER",
    "dev wheel --msi FOLDER",
    "evidence check FOLDER",
    "evidence print FOLDER --out NEW.pdf",
    "release --evidence FOLDER",
    "release --windows FOLDER",
]
UNUSABLE = {
    "audit FILE": Exit.DATA,
    "card FILE --out NEW": Exit.DATA,
    "card --policy FILE --out NEW": Exit.CONFIG,
    "policy apply FILE --preset strict --out NEW": Exit.DATA,
    "policy show FILE": Exit.DATA,
    "demo --image FILE --out NEW": Exit.DATA,
    "dev benchmark peers --driver FILE": Exit.DATA,
    "dev oracle FILE": Exit.DATA,
    "dev review-trace FILE": Exit.DATA,
    "dev uses FILE": Exit.DATA,
    "devices --record FILE": Exit.DATA,
    "doctor --record FILE": Exit.DATA,
    "faults FILE": Exit.DATA,
    "flash FILE": Exit.DATA,
    "glass compare FILE FILE": Exit.DATA,
    "harden --plan --from FILE": Exit.DATA,
    "line FILE": Exit.DATA,
    "release --sign FILE": Exit.DATA,
    "seal FILE": Exit.DATA,
    "verify FILE": Exit.DATA,
    "agent --config FILE": Exit.CONFIG,
    "relay --config FILE": Exit.CONFIG,
    "dev build --policy FILE": Exit.CONFIG,
    "dev sync --policy FILE": Exit.CONFIG,
}
OUTPUTS = {
    "demo --out FILE": "file",
    "pad --build-only --out FILE": "file",
    "dev build --out FILE": "file",
    "dev wheel --out FILE": "file",
    "images --out FILE": "file",
    "verify IMAGE --out FILE": "file",
    "release --out FILE": "file",
    "rig build --out FILE": "file",
    "rig planes --out FILE": "file",
    "dev benchmark legibility --pictures FILE": "file",
    "dev leaks --out FILE": "folder",
    "rig dump --out FILE": "folder",
    "rig measure --out FILE": "folder",
    "glass compare IMAGE IMAGE --out FILE": "folder",
    "flash IMAGE --record FILE": "folder",
    "card --out FILE": "folder",
    "fleet --board FILE": "folder",
    "evidence print . --out FILE": "folder",
    "policy apply IMAGE --preset strict --out FILE": "folder",
    "seal IMAGE --record FILE": "folder",
    "devices --images FILE": "file",
    "doctor --images FILE": "file",
}


def ends(command: str, place: Path, **paths: Path) -> tuple[int, str]:
    """Exit code and output of a command with paths in place of its capital words."""
    paths |= {"NEW": place / "new"}
    words = [str(paths.get(word, word)) for word in command.split()]
    result = CliRunner().invoke(main, words, obj=Host(place))
    assert "Traceback" not in result.output
    assert "internal error" not in result.output
    return result.exit_code, result.output


@pytest.mark.parametrize("command", FILES)
def test_a_missing_file_is_66(tmp_path: Path, command: str) -> None:
    code, output = ends(command, tmp_path, FILE=tmp_path / "absent.uf2")
    assert code == Exit.NO_INPUT, output
    assert "absent.uf2 does not exist." in output
    assert "->" in output


@pytest.mark.parametrize("command", FOLDERS)
def test_a_missing_folder_is_66(tmp_path: Path, command: str) -> None:
    code, output = ends(command, tmp_path, FOLDER=tmp_path / "absent")
    assert code == Exit.NO_INPUT, output
    assert "absent does not exist." in output


@pytest.mark.parametrize("command", FILES + FOLDERS)
def test_a_folder_for_a_file_and_a_file_for_a_folder_are_66(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    code, output = ends(command, tmp_path, FILE=tmp_path / "folder", FOLDER=tmp_path / "file")
    assert code == Exit.NO_INPUT, output
    assert "is not a f" in output


@pytest.mark.parametrize("command", UNUSABLE)
def test_a_file_of_other_content_is_65_and_a_configuration_78(tmp_path: Path, command: str) -> None:
    (tmp_path / "words.uf2").write_text("= This is none of it.\n" * 40, encoding="utf-8")
    code, output = ends(command, tmp_path, FILE=tmp_path / "words.uf2")
    assert code == UNUSABLE[command], output


@pytest.mark.parametrize("command", ["verify", "audit", "faults", "flash", "seal", "line", "demo --image"])
def test_a_text_for_an_image_is_said_to_be_no_uf2(tmp_path: Path, command: str) -> None:
    (tmp_path / "README.md").write_text("# Kesu\n", encoding="utf-8")
    code, output = ends(f"{command} FILE", tmp_path, FILE=tmp_path / "README.md")
    assert code == Exit.DATA
    assert "README.md: it is not a UF2 file" in output


@pytest.mark.slow
@pytest.mark.parametrize("command", ["flash FILE", "verify FILE", "agent --config FILE"])
def test_a_file_that_may_not_be_read_is_77(tmp_path: Path, command: str) -> None:
    path = tmp_path / "closed"
    path.touch()
    path.chmod(0)
    words = [str(path) if word == "FILE" else word for word in command.split()]
    assert kesu(*words, prefix=unprivileged()).returncode == Exit.NO_PERMISSION


@pytest.mark.parametrize("command", OUTPUTS)
def test_an_output_in_whose_place_something_else_is_is_73(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "image").touch()
    code, output = ends(command, tmp_path, FILE=tmp_path / OUTPUTS[command], IMAGE=tmp_path / "image")
    assert code == Exit.CANNOT_CREATE, output
    assert "exists and is not a" in output


def test_every_path_of_every_command_is_in_these_tables() -> None:
    tried = {
        (words, parameter.name)
        for line in (*FILES, *FOLDERS, *OUTPUTS)
        for words, command in EVERY.items()
        if words and line.startswith(f"{words} ") and not isinstance(command, click.Group)
        for parameter in command.params
        if isinstance(parameter, click.Argument) or set(parameter.opts) & set(line.split())
    }
    for words, command in EVERY.items():
        for parameter in command.params:
            assert type(parameter.type) is not click.Path, (
                f"{words} {parameter.name}: use kesu.common.command_types"
            )
            if isinstance(parameter.type, Input | Output):
                assert (words, parameter.name) in tried


def test_the_page_lists_every_code() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| [^|]+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(int(code), name) for code, name in rows] == [(one.value, one.name) for one in Exit]
