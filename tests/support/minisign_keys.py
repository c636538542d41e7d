"""minisign_keys: a pair of keys made for tests, and what tests sign with it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from kesu.common.minisign import opened

needs_minisign = pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")

# Made by minisign 0.12 for this test: a pair without password, and a signature over b"hi\n".
PUBLIC = (
    "untrusted comment: minisign public key B20C916639D00DB8\n"
    "RWS4DdA5ZpEMsm+f79TWj17x3Nk4yfAwbUP5eOHd1D1pQAjrYiaVzaOH\n"
)
SECRET = (
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAuA3QOWaRDLJ+07K1oSaQR15HJrsg1jyO"
    "8jgQBVnospnqmllTnC1tBG+f79TWj17x3Nk4yfAwbUP5eOHd1D1pQAjrYiaVzaOHAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The secret key as a file."""
    path = tmp_path / "kesu.key"
    path.write_text(SECRET)
    return path


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """The public key as a file."""
    path = tmp_path / "kesu.pub"
    path.write_text(PUBLIC)
    return path


def no_password() -> str:
    raise AssertionError("this key has no password")


def locked(path: Path, password: str) -> Path:
    """The secret key above, encrypted at the lowest cost that libsodium allows, to keep the test fast."""
    plain = b64decode(SECRET.splitlines()[1])
    secret = plain[54:126]
    secret += hashlib.blake2b(b"Ed" + secret, digest_size=32).digest()
    salt = bytes(range(32))
    limits = (32_768).to_bytes(8, "little") + (1 << 24).to_bytes(8, "little")
    stream = hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1, dklen=len(secret))
    raw = b"EdScB2" + salt + limits + bytes(a ^ b for a, b in zip(secret, stream, strict=True))
    path.write_text(f"untrusted comment: minisign encrypted secret key\n{b64encode(raw).decode()}\n")
    return path


def signed(content: bytes, key: Path, words: str, password: Callable[[], str] = no_password) -> str:
    with opened(key, password) as unlocked:
        return unlocked.sign(content, words)
