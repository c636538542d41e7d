"""names: what the files of a release are called, and what their signatures say of them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

SUMS = "SHA256SUMS"
INDEX = "index.json"
SIGNATURE = ".minisig"
FORMAT = 2
"""Version of index.json. 2: each image with the hashes of its files, its version and its toolchain."""


def trusted_comment(version: str, name: str) -> str:
    """What is signed together with a file: of which release it is, and under which name."""
    return f"Kesu {version}, {name}"
