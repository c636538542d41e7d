"""release_names: file names of a release, and the trusted comments of its signatures."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

SUMS = "SHA256SUMS"
INDEX = "index.json"
SIGNATURE = ".minisig"
FORMAT = 2
"""Version of index.json. 2: each image with the hashes of its files, its version and its toolchain."""


def trusted_comment(version: str, name: str) -> str:
    """The trusted comment signed with a file: its release and its name."""
    return f"Kesu {version}, {name}"
