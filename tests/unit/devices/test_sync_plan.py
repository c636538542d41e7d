"""test_sync_plan: the plan for any mix of files on pad and PC, and a file that reads back different."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.devices.sync.folder import excluded, files_of
from kesu.devices.sync.plan import carry_out, compare


class Shelf:
    """A pad's files in a dict. spoils: a path whose bytes read back changed, as from worn flash."""

    def __init__(self, content: dict[str, bytes], spoils: str = "") -> None:
        self.content = dict(content)
        self.spoils = spoils

    def files(self, folder: str = "") -> dict[str, int]:
        return {path: len(content) for path, content in self.content.items()}

    def sha256(self, path: str) -> str:
        return hashlib.sha256(self.content[path]).hexdigest()

    def write(self, path: str, content: bytes, progress: Callable[[int, int], None] | None = None) -> None:
        assert "/" not in path or path[: path.rindex("/") + 1] in self.content
        assert f"{path}/" not in self.content
        self.content[path] = content[:-1] + b"?" if path == self.spoils else content
        if progress:
            progress(len(content), len(content))

    def make_folder(self, path: str) -> None:
        parent = path.rstrip("/").rpartition("/")[0]
        assert not parent or f"{parent}/" in self.content
        assert path.rstrip("/") not in self.content
        self.content[path] = b""

    def remove(self, path: str) -> None:
        if path.endswith("/"):
            assert not [other for other in self.content if other.startswith(path) and other != path]
        del self.content[path]


WANTED = {"a.py": b"1", "lib/x/b.py": b"22", "lib/c.py": b"3"}


@pytest.mark.parametrize(
    "there",
    [
        {},
        {"a.py": b"1"},
        {"a.py": b"2", "z.py": b"", "lib/": b"", "lib/old/": b"", "lib/old/y.py": b"9"},
        {"lib": b"a file where a folder must be"},
        {"a.py/": b"", "a.py/inside": b"a folder where a file must be"},
        {"lib/": b"", "lib/x/": b"", "lib/x/b.py": b"22", "lib/c.py": b"3", "a.py": b"1"},
    ],
    ids=["empty", "part", "other", "file for folder", "folder for file", "same"],
)
def test_any_start_ends_with_equal_files(there: dict[str, bytes]) -> None:
    shelf = Shelf(there)
    plan = compare(shelf, WANTED)
    carry_out(shelf, plan, WANTED, lambda *_: None)
    assert {path: content for path, content in shelf.content.items() if not path.endswith("/")} == WANTED
    assert compare(shelf, WANTED).empty
    assert sorted(plan.write + plan.same) == sorted(WANTED)


def test_excluded_files_and_their_folders_are_kept() -> None:
    shelf = Shelf({"data/": b"", "data/log/": b"", "data/log/x.log": b"1", "data/log/y.txt": b"1", "z": b""})
    carry_out(shelf, compare(shelf, {}, ["*.log"]), {}, lambda *_: None)
    assert sorted(shelf.content) == ["data/", "data/log/", "data/log/x.log"]


def test_a_changed_file_of_the_same_length_is_written() -> None:
    assert compare(Shelf({"a": b"12"}), {"a": b"21"}).write == ["a"]
    assert compare(Shelf({"a": b"12"}), {"a": b"12"}).write == []


def test_a_file_that_reads_back_different_is_reported() -> None:
    shelf = Shelf({}, spoils="lib/c.py")
    with pytest.raises(KesuError, match=r"lib/c\.py reads back different") as refused:
        carry_out(shelf, compare(shelf, WANTED), WANTED, lambda *_: None)
    assert refused.value.code == Exit.NO


@pytest.mark.parametrize(
    ("path", "patterns", "out"),
    [
        ("a.py", (), False),
        (".git/config", (), True),
        ("lib/__pycache__/x.mpy", (), True),
        ("lib/x.log", ("*.log",), True),
        ("lib/x.log", ("lib/*.log",), True),
        ("other/x.log", ("lib/*.log",), False),
        ("build/deep/x", ("build/",), True),
        ("rebuild/x", ("build/",), False),
    ],
)
def test_patterns(path: str, patterns: tuple[str, ...], out: bool) -> None:
    assert excluded(path, patterns) is out


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "files"
    root.mkdir()
    (root / "in.py").write_bytes(b"1")
    assert files_of(root, ()) == {"in.py": b"1"}
    (tmp_path / "secret").write_bytes(b"2")
    (root / "out.py").symlink_to(tmp_path / "secret")
    with pytest.raises(KesuError, match=r"out\.py leads out of the folder"):
        files_of(root, ())
    with pytest.raises(KesuError, match="not a folder"):
        files_of(tmp_path / "absent", ())
