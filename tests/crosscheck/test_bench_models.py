"""The browser bench's models, chips, clock and search: their own tests, under node's own runner."""

# SPDX-License-Identifier: MIT
import json
import re
import shutil
from pathlib import Path

import pytest
from fast_part import fast
from kesu.demo.page.cores import MODULES, write_core
from kesu.demo.page.image_files import memory_names, write_bootrom
from kesu.images.toolchain.tools import run
from kesu_dev.crosscheck.command import image_of
from kesu_dev.crosscheck.node_bench import bundle
from kesu_dev.crosscheck.suite import ink_file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fewest"), fast([("panel", 16), ("bench", 12), ("chip", 7)], ("bench", 12), ("chip", 7))
)
def test_models_of_the_browser_bench(name: str, fewest: int, tmp_path: Path) -> None:
    assert_passes(bundle(f"test/{name}.test.ts", tmp_path / f"{name}.mjs"), fewest)


@pytest.mark.slow
@pytest.mark.parametrize("board", MODULES)
def test_session_with_the_sealed_image(board: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = image_of("4in2", board)
    write_bootrom(tmp_path)
    write_core(board, tmp_path).rename(tmp_path / "core.wasm")
    shutil.copyfile(image.uf2, tmp_path / "image.uf2")
    shutil.copyfile(ink_file(), tmp_path / "ink.json")
    (tmp_path / "map.json").write_text(json.dumps(memory_names(image.elf, board)), encoding="utf-8")
    monkeypatch.setenv("KESU_PAD_FILES", str(tmp_path))
    monkeypatch.setenv("KESU_PAD_BOARD", board)
    assert_passes(bundle("test/session.test.ts", tmp_path / "session.mjs"), 4 if board == "pico" else 3)


def assert_passes(bundled: Path, fewest: int) -> None:
    """Node's own runner passes at least `fewest` tests of the file."""
    output = run(["node", "--test", str(bundled)])
    counted = re.search(r"^(?:#|ℹ) pass (\d+)", output, re.MULTILINE)
    assert counted is not None, output
    assert int(counted.group(1)) >= fewest, output
