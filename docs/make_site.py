"""make_site: `./dev site`, the page and the documents as one static site, for any web server and below any path."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.demo.page.image_files import PadImage
from kesu.demo.page.place import refuse_other_folders, replaced
from kesu.demo.page.site import INDEX, build_site

ROOT = Path(__file__).parents[1]
DOCS = "docs/"
"""Folder of the documents in the site."""
SOCIAL = ROOT / "docs" / "pictures" / "pad" / "social-4in2-ja.png"
"""What other sites show of a link to the page."""
NO_DOCS = '<html lang="ja" data-docs="">'
PREVIEW = re.compile(r'(<meta\s+property="og:description")')


def first_page(page: str, address: str | None) -> str:
    """index.html of the page as the first page of the site: it knows where the documents are and what to preview.

    address: of the site, with a slash at its end. Readers of previews want a whole address; without it the picture's
    path is relative. Raises KesuError if the page has not the places for both.
    """
    whole = address or ""
    tags = f'<meta property="og:image" content="{whole}social.png">\n    '
    if address:
        tags += (
            f'<meta property="og:url" content="{address}">\n    <link rel="canonical" href="{address}">\n    '
        )
    linked = page.replace(NO_DOCS, NO_DOCS.replace('""', f'"{DOCS}"'))
    done, places = PREVIEW.subn(lambda found: tags + found[1], linked)
    if linked == page or places != 1:
        raise KesuError(
            "index.html has no place for documents or preview.",
            hint="Change docs/make_site.py together with host_tools/web/page/index.html.",
            code=Exit.DATA,
        )
    return done


def build_docs(folder: Path) -> None:
    """The documents, with a link to the page in their menu. Raises CalledProcessError after mkdocs' message."""
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "--site-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"KESU_SITE_PAGE": INDEX}, check=True)


def make_site(out: Path, address: str | None = None, images: Sequence[PadImage] | None = None) -> Path:
    """Build the site into `out`, which is replaced at the end. images: as for `build_site`."""
    out = out.resolve()
    refuse_other_folders(out)
    with tempfile.TemporaryDirectory() as folder, replaced(out) as fresh:
        page = build_site(Path(folder) / "pad", images)
        shutil.copytree(page, fresh, dirs_exist_ok=True)
        index = fresh / INDEX
        index.write_text(first_page(index.read_text(encoding="utf-8"), address), encoding="utf-8")
        shutil.copyfile(SOCIAL, fresh / "social.png")
        (fresh / ".nojekyll").touch()  # GitHub Pages serves all files as they are
        build_docs(fresh / "docs")
    return out


def address_of(text: str) -> str:
    """An address with a slash at its end. Raises ArgumentTypeError if it is none."""
    if not re.fullmatch(r"https?://[^\s\"'<>?#]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no address such as https://example.org/kesu/")
    return text.rstrip("/") + "/"


def main() -> int:
    """Make the site; print its folder."""
    parser = argparse.ArgumentParser(prog="./dev site", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "public", help="folder (dist/public)")
    parser.add_argument("--address", type=address_of, help="where it will be, for previews of links")
    asked = parser.parse_args()
    try:
        print(f"Site: {make_site(asked.out, asked.address)}")
    except KesuError as error:
        print(f"{error} {error.hint}", file=sys.stderr)
        return int(error.code)
    except subprocess.CalledProcessError:
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
