"""test_line_package: the npm package @kesu/line and the browser extension, as they are built."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from pathlib import Path

import extension_run
import pytest
from kesu.common.errors import KesuError
from kesu.demo.page.bundle import SOURCES, install_packages
from kesu.images.toolchain.tools import run
from node_tests import ESBUILD

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CORE_BYTES = 10 * 1024
"""Of the page's part without adapters together with the worker, minified."""
WHOLE_BYTES = 14 * 1024
"""Of the page's part with all adapters."""
CONSUMER = """
import { amazonConnect, type AmazonConnect, callEvents, KesuLine, type Status } from "@kesu/line";
declare const connect: AmazonConnect;
const line = new KesuLine({ sources: { phone: amazonConnect(connect), other: callEvents(document) } });
const status: Status = line.status;
line.start();
export const note: boolean | undefined = status.bits?.note;
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    install_packages()
    out = tmp_path_factory.mktemp("line") / "built"
    run(["node", "line_build.mjs", str(out)], cwd=SOURCES)
    return out


def size(entry: str, folder: Path) -> int:
    """Bytes of a program that exports names of @kesu/line, minified."""
    source = SOURCES / "line" / "index.ts"
    (folder / "entry.ts").write_text(f'export {{ {entry} }} from "{source}";', encoding="utf-8")
    made = folder / "entry.js"
    options = ["--bundle", "--format=esm", "--target=es2022", "--minify", f"--outfile={made}"]
    run([ESBUILD, str(folder / "entry.ts"), *options], cwd=SOURCES)
    return made.stat().st_size


def test_the_package_is_small_and_needs_no_other(built: Path, tmp_path: Path) -> None:
    npm = built / "npm"
    worker = (npm / "kesu-line-worker.js").stat().st_size
    core = size("KesuLine", tmp_path)
    assert 5_000 < core + worker < CORE_BYTES, (core, worker)
    whole = (npm / "kesu-line.js").stat().st_size
    assert core < whole < WHOLE_BYTES
    for name in ("kesu-line.js", "kesu-line-worker.js"):
        text = (npm / name).read_text(encoding="utf-8")
        assert re.search(r"""\bfrom\s*["']|\bimport\s*\(|\brequire\(""", text) is None
    package = json.loads((npm / "package.json").read_text(encoding="utf-8"))
    assert not {"dependencies", "peerDependencies"} & package.keys()
    for target in (*package["exports"]["."].values(), package["exports"]["./worker"]):
        assert (npm / target).is_file()


def test_versions_are_those_of_the_project(built: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    for name in ("npm/package.json", "extension/manifest.json"):
        assert json.loads((built / name).read_text(encoding="utf-8"))["version"] == version


def consumer(built: Path, folder: Path, code: str) -> None:
    """Check a program that uses the package by its types. KesuError with what tsc says."""
    modules = folder / "node_modules" / "@kesu"
    modules.mkdir(parents=True)
    shutil.copytree(built / "npm", modules / "line")
    (folder / "app.ts").write_text(code, encoding="utf-8")
    options = {"noEmit": True, "strict": True, "target": "es2022", "moduleResolution": "bundler", "types": []}
    settings = {
        "compilerOptions": options | {"module": "es2022", "lib": ["es2022", "dom"]},
        "files": ["app.ts"],
    }
    (folder / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run([str(SOURCES / "node_modules" / ".bin" / "tsc"), "-p", str(folder)], cwd=folder)


def test_the_types_serve_a_program_that_uses_it(built: Path, tmp_path: Path) -> None:
    consumer(built, tmp_path / "right", CONSUMER)
    with pytest.raises(KesuError, match="not assignable to type 'Source'"):
        consumer(built, tmp_path / "wrong", CONSUMER.replace("amazonConnect(connect)", "7"))


def test_the_extension_has_every_file_that_it_names(built: Path) -> None:
    extension = built / "extension"
    manifest = json.loads((extension / "manifest.json").read_text(encoding="utf-8"))
    named = {manifest["background"]["service_worker"], manifest["storage"]["managed_schema"]}
    for name in ("background.js", "offscreen.js", "offscreen.html"):
        text = (extension / name).read_text(encoding="utf-8")
        named |= set(re.findall(r"""["']([a-z-]+\.(?:js|html))["']""", text))
    assert {"content.js", "page.js", "offscreen.html", "kesu-line-worker.js"} <= named
    assert {path.name for path in extension.iterdir()} == named | {"manifest.json"}


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root"
)
def test_the_extension_follows_its_policy_in_chromium(built: Path) -> None:
    """A page of the policy, then two; the other page says that a call is on, and nothing follows."""
    assert extension_run.run(built / "extension")["states"] == [
        "ready",
        "talk",
        "talk",
        "talk",
        "talk",
        "wrapup",
        "lost",
    ]
