"""test_carried: @kesu/line and the extension as files of a release."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from kesu_dev.distribution import carried
from kesu_dev.distribution.carried import POLICIES, line_packages, make_carried

pytestmark = pytest.mark.slow


def test_npm_installs_the_package_and_a_browser_takes_the_extension(tmp_path: Path) -> None:
    package, extension = line_packages(tmp_path / "out")
    again = line_packages(tmp_path / "again")
    assert [path.read_bytes() for path in again] == [package.read_bytes(), extension.read_bytes()]
    assert 5_000 < package.stat().st_size < 40_000
    assert 5_000 < extension.stat().st_size < 60_000
    (tmp_path / "site").mkdir()
    npm = [
        shutil.which("npm") or "npm",
        "install",
        "--offline",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
    ]
    subprocess.run([*npm, str(package)], cwd=tmp_path / "site", check=True, capture_output=True)
    installed = tmp_path / "site" / "node_modules" / "@kesu" / "line"
    assert {"kesu-line.js", "kesu-line-worker.js", "LICENSE", "README.md"} <= {
        path.name for path in installed.iterdir()
    }
    shown = "import { KesuLine } from '@kesu/line'; console.log(typeof KesuLine)"
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", shown],
        cwd=tmp_path / "site",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "function\n"
    with zipfile.ZipFile(extension) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["manifest_version"] == 3


def test_a_release_carries_packages_and_policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(b"a package")
        return path

    asked: list[tuple[object, ...]] = []

    def installer(*given: object) -> Path:
        asked.append(given)
        return fake("a.msi")

    monkeypatch.setattr(carried, "make_agent", lambda _: fake("kesu-agent_0.1.0_all.deb"))
    monkeypatch.setattr(carried, "line_packages", lambda _: [fake("kesu-line-0.1.0.tgz"), fake("x.zip")])
    monkeypatch.setattr(carried, "make_msi", installer)
    plain = make_carried(tmp_path / "plain")
    assert [path.suffix for path in plain] == [".deb", ".tgz", ".zip"]
    whole = make_carried(tmp_path / "whole", tmp_path / "programs")
    assert [path.suffix for path in whole] == [".deb", ".tgz", ".zip", ".msi"]
    assert asked == [(tmp_path / "programs", "0.1.0", tmp_path / "whole")]
    for name in POLICIES:
        assert list((tmp_path / "plain" / name).rglob("*.*"))
    assert (tmp_path / "plain/windows-policies/ja-JP/kesu-agent.adml").is_file()
