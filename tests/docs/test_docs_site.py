"""test_docs_site: the site has every page, builds without a warning, and loads nothing from other hosts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = re.compile(r'<(?:script|img|link)\b[^>]*\b(?:src|href)="([^"]+)"')


@pytest.mark.slow
def test_every_page_is_in_the_site_and_no_other_host_is_used(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    pages = {page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")}
    made = {page.relative_to(tmp_path / "site") for page in (tmp_path / "site").rglob("*.html")}
    renamed = {page.with_name("index.html") if page.name == "README.html" else page for page in pages}
    assert renamed <= made
    first = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert 'href="compliance.html"' in first
    assert 'src="pictures/glass-before.png"' in first
    assert "<table>" not in first
    assert first.count('<table class="table table-striped">') > 2
    loaded = LOADED.findall(first)
    assert len(loaded) > 5
    assert [address for address in loaded if re.match(r"(?:[a-z]+:)?//", address)] == []
