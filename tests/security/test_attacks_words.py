"""test_attacks_words: locales, encodings, and names that are not valid text."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import evidence_runs
import pytest
from agent_runs import running
from attacks import attack, kesu, one_line, run_python
from fast_part import fast
from kesu.common.errors import Exit
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.evidence import check, write

PLAIN_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LOCALES: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C"},
    "C without UTF-8": PLAIN_C,
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp932": {"PYTHONIOENCODING": "cp932"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
}
FOLDERS = {"words": "場所 für alles".encode(), "bytes": b"\xff\xfe here"}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("words") / "evidence"
    write(evidence_runs.holding("quick"), place)
    return place


@pytest.mark.parametrize("locale", ["ascii", "cp932", "utf-8"])
def test_control_a_naive_print_fails_on_a_name(locale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LOCALES[locale].items():
        monkeypatch.setenv(name, value)
    print_it = "import sys; print(sys.argv[1])"
    assert 1 in [run_python(print_it, os.fsdecode(name)).returncode for name in FOLDERS.values()]


@pytest.mark.slow
@attack(
    "`kesu evidence check`",
    "path with Japanese, spaces or invalid bytes; locale C, ascii, cp932, utf-8",
    "checked; what the locale cannot show is escaped",
    0,
)
@pytest.mark.parametrize("folder", fast(FOLDERS, "words"))
@pytest.mark.parametrize("locale", fast(LOCALES, "C without UTF-8"))
def test_evidence_check_works_in_any_locale(
    evidence: Path, tmp_path: Path, code: int, locale: str, folder: str
) -> None:
    place = tmp_path / os.fsdecode(FOLDERS[folder])
    shutil.copytree(evidence, place)
    done = kesu("evidence", "check", place, environment=LOCALES[locale])
    assert (done.returncode, done.stderr) == (code, b"")
    assert b"is whole and unchanged" in done.stdout


@pytest.mark.slow
@attack("any command with `--json`", "names that the terminal's encoding lacks", "JSON in ASCII", 1)
def test_json_is_ascii(evidence: Path, tmp_path: Path, code: int) -> None:
    place = tmp_path / "evidence"
    shutil.copytree(evidence, place)
    (place / "追加 \N{GRINNING FACE}").touch()
    done = kesu("evidence", "check", place, "--json", environment=LOCALES["cp932"])
    assert done.returncode == code
    assert done.stdout.isascii()
    assert json.loads(done.stdout)["problems"][0]["file"] == "追加 \N{GRINNING FACE}"


@pytest.mark.slow
@attack(
    "`kesu agent`, `kesu hook`",
    "runtime folder with Japanese, spaces and invalid bytes; locale C, cp932",
    "follows calls",
    0,
)
@pytest.mark.parametrize("locale", ["C", "cp932"])
def test_an_agent_works_in_a_folder_of_any_name(
    tmp_path: Path, code: int, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in LOCALES[locale].items():
        monkeypatch.setenv(name, value)
    # A socket's path has 107 bytes.
    runtime = Path("/tmp") / os.fsdecode(b"kesu \xff " + f"試験 {os.getpid()}".encode())
    folder = tmp_path / "席 für alle"
    folder.mkdir()
    try:
        with running(folder, runtime=runtime) as agent:
            assert agent.hook("start") == 0
            assert agent.pad.read() == b"T"
            assert agent.post("/v1/state/start") == 204
            assert agent.check()[0] == code
    finally:
        shutil.rmtree(runtime)


@attack(
    "`kesu agent`", "a path in its settings that the locale cannot encode (C without UTF-8)", "refused", 78
)
def test_a_path_that_the_locale_cannot_encode_is_refused(tmp_path: Path, code: int) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(
        '[log]\npath = "/tmp/記録.log"\n[pads.desk]\n[sources.hook]\nkind = "hook"\n', encoding="utf-8"
    )
    done = kesu("agent", "--config", path, environment={**PLAIN_C, "KESU_RUNTIME_DIR": str(tmp_path / "run")})
    assert done.returncode == code
    assert "`path`" in one_line(done)


@attack("`kesu flash`, `kesu seal`", "an image whose name is not valid text", "refused", 65)
@pytest.mark.parametrize("name", [b"kesu-\xff.uf2", b"kesu-\x1b[2J.uf2", b"kesu\n.uf2"])
def test_an_image_whose_name_is_not_text_is_refused(
    tmp_path: Path, sealed: BuiltImage, code: int, name: bytes
) -> None:
    path = tmp_path / os.fsdecode(name)
    shutil.copy(sealed.uf2, path)
    manifest = json.loads(sealed.manifest.read_text()) | {}
    manifest["outputs"] = {path.name: manifest["outputs"][sealed.uf2.name]}
    path.with_suffix(".json").write_text(json.dumps(manifest))
    done = kesu("flash", path)
    assert done.returncode == code
    assert one_line(done).isprintable()


@pytest.mark.slow
@attack("`kesu verify`", "an image whose name is no text", "refused before the run", Exit.DATA)
def test_verify_refuses_such_a_name_before_its_run(tmp_path: Path, sealed: BuiltImage, code: int) -> None:
    path = tmp_path / os.fsdecode(b"kesu-\xff.uf2")
    for copied in (sealed.uf2, sealed.elf, sealed.manifest):
        shutil.copy(copied, path.with_suffix(copied.suffix))
    done = kesu("verify", path)
    assert done.returncode == code
    assert "no text" in one_line(done)


@pytest.mark.slow
@attack("evidence", "a manifest with a lone surrogate", "written, and its check passes")
def test_a_lone_surrogate_does_not_lose_a_run(tmp_path: Path) -> None:
    run = evidence_runs.holding("quick")
    run.image["manifest"] = run.image["manifest"] | {"name": "kesu \ud83d"}
    with pytest.raises(UnicodeEncodeError):  # the control
        json.dumps(run.to_dict(), ensure_ascii=False).encode()
    write(run, tmp_path / "evidence")
    assert check(tmp_path / "evidence").problems == ()
    report = json.loads((tmp_path / "evidence" / "report.json").read_text(encoding="utf-8"))
    assert report["image"]["manifest"]["name"] == "kesu \ud83d"


@pytest.mark.slow
@attack("`kesu evidence check`", "a report or a file name with terminal commands", "shown as escapes", 1)
def test_terminal_commands_in_evidence_are_escaped(tmp_path: Path, code: int) -> None:
    place = tmp_path / "evidence"
    write(evidence_runs.holding("quick"), place)
    report = place / "report.json"
    before = hashlib.sha256(report.read_bytes()).hexdigest()
    report.write_text(json.dumps(json.loads(report.read_text()) | {"target": "\x1b[2J\x1b[Hgenuine"}))
    listed = (place / "SHA256SUMS").read_text()
    after = hashlib.sha256(report.read_bytes()).hexdigest()
    (place / "SHA256SUMS").write_text(listed.replace(before, after))
    done = kesu("evidence", "check", place)
    assert done.returncode == code
    assert b"\x1b" not in done.stdout
    assert b"\\x1b[2J" in done.stdout
    (place / "\x1b[2J").touch()
    assert b"\x1b" not in kesu("evidence", "check", place).stdout
