"""minisign: signs and verifies files in minisign's format (jedisct1.github.io/minisign), prehashed Ed25519.

Key files have minisign's format: `minisign -G` makes them, `minisign -V` verifies signatures made here.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import base64
import getpass
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from kesu.common.documents import read_plain
from kesu.common.errors import Exit, KesuError, unreadable

_KEY_ID_BYTES = 8
_SECRET_BYTES = 158  # Ed, KDF, B2, salt 32, limits 16, then 104: key id 8, seed 32, public 32, checksum 32
_PUBLIC_BYTES = 42
_SIGNATURE_BYTES = 74
_UNTRUSTED, _TRUSTED = "untrusted comment: ", "trusted comment: "


class BadSignature(Exception):
    """The signature does not match the file or the key; the text says why."""


class SigningKey:
    """An unlocked secret key. Use it as a context manager; it is overwritten at the end.

    A process forked while the key is unlocked, such as a verification job, overwrites its copy at once.
    """

    def __init__(self, key_id: bytes, seed: bytearray) -> None:
        self._key_id = key_id
        self._seed = seed
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def __enter__(self) -> SigningKey:
        return self

    def __exit__(self, *_: object) -> None:
        self.forget()

    def forget(self) -> None:
        """Overwrite the key."""
        self._seed[:] = bytes(len(self._seed))

    def sign(self, content: bytes, trusted: str) -> str:
        """The text of a .minisig for `content`. trusted: one line that is signed too.

        Raises ValueError once the key is forgotten.
        """
        if not any(self._seed):
            raise ValueError("the key was forgotten")
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.from_private_bytes(self._seed)
        signature = private.sign(hashlib.blake2b(content).digest())
        comment = " ".join(trusted.split())
        over = private.sign(signature + comment.encode())
        first = base64.b64encode(b"ED" + self._key_id + signature).decode()
        return (
            f"{_UNTRUSTED}signature made by kesu\n{first}\n"
            f"{_TRUSTED}{comment}\n{base64.b64encode(over).decode()}\n"
        )


def opened(path: Path, password: Callable[[], str] | None = None) -> SigningKey:
    """Unlock a minisign secret key. Call this before the long run that ends in a signature.

    password: called only if the key is encrypted (default: ask on the terminal). Raises KesuError when the key cannot
    be read or the password is wrong.
    """
    return SigningKey(*_secret(path, password or ask_password))


def verify(content: bytes, text: str, public_key: Path, *, prehashed: bool = False) -> str:
    """The trusted comment. Raises BadSignature, or KesuError when the public key cannot be used.

    prehashed: like `minisign -V -H`, reject signatures of the older kind, which sign the file itself.
    """
    key_id, raw = read_public(public_key)
    # Split at LF only, like minisign: a comment may contain other characters that Python treats as line ends.
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    try:
        untrusted, first, trusted, second = lines
        signed = base64.b64decode(first, validate=True)
        over = base64.b64decode(second, validate=True)
    except ValueError as error:
        raise BadSignature("it is not in minisign's format") from error
    labelled = untrusted.startswith(_UNTRUSTED) and trusted.startswith(_TRUSTED)
    kinds = (b"ED",) if prehashed else (b"ED", b"Ed")
    if not labelled or len(signed) != _SIGNATURE_BYTES or signed[:2] not in kinds:
        raise BadSignature("it is not in minisign's format")
    comment = trusted.removeprefix(_TRUSTED)
    if signed[2 : 2 + _KEY_ID_BYTES] != key_id:
        raise BadSignature("it was made with another key")
    signature = signed[2 + _KEY_ID_BYTES :]
    # "ED": signature of the BLAKE2b-512 hash; "Ed", from old versions: signature of the file itself.
    message = hashlib.blake2b(content).digest() if signed[:2] == b"ED" else content
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(raw)
    try:
        public.verify(signature, message)
        public.verify(over, signature + comment.encode())
    except InvalidSignature as error:
        raise BadSignature("it does not fit the content") from error
    return comment


def ask_password() -> str:
    """Ask on the terminal. Raises KesuError when there is none, or no answer."""
    try:
        return getpass.getpass("Password of the signing key: ")
    except (EOFError, KeyboardInterrupt) as error:
        raise KesuError(
            "The signing key has a password, and none was given.",
            hint="Use a key without a password (`minisign -G -W`) where nobody is there to type.",
            code=Exit.NO_PERMISSION,
        ) from error


def _secret(path: Path, password: Callable[[], str]) -> tuple[bytes, bytearray]:
    """Key id and seed."""
    raw = _key_bytes(path, "secret", _SECRET_BYTES)
    kdf, salt, limits, secret = raw[2:4], raw[6:38], raw[38:54], bytearray(raw[54:])
    if kdf == b"Sc":
        stream = _scrypt(password(), salt, limits, len(secret), path)
        for place, byte in enumerate(stream):
            secret[place] ^= byte
        checksum = hashlib.blake2b(raw[:2] + secret[:72], digest_size=32).digest()
        if checksum != secret[72:]:
            raise KesuError(
                f"The password does not open the key {path.name}.", hint="Try again.", code=Exit.NO_PERMISSION
            )
    elif kdf != b"\0\0":
        raise KesuError(
            f"{path.name} is encrypted in a way that is not known.",
            hint="Make a key with `minisign -G`.",
            code=Exit.DATA,
        )
    key_id, seed = bytes(secret[:_KEY_ID_BYTES]), secret[_KEY_ID_BYTES : _KEY_ID_BYTES + 32]
    secret[:] = bytes(len(secret))
    return key_id, seed


def _scrypt(password: str, salt: bytes, limits: bytes, size: int, path: Path) -> bytes:
    """The key stream, with cost parameters that libsodium derives from its two limits (pickparams)."""
    operations = max(int.from_bytes(limits[:8], "little"), 32_768)
    memory = int.from_bytes(limits[8:], "little")
    blocks = 8
    if operations < memory // 32:
        parallel, most = 1, operations // (blocks * 4)
    else:
        most = memory // (blocks * 128)
        parallel = 0
    power = next((power for power in range(1, 63) if (1 << power) > most // 2), 63)
    if not parallel:
        parallel = min(operations // 4 >> power, 0x3FFF_FFFF) // blocks
    try:
        return hashlib.scrypt(
            password.encode(),
            salt=salt,
            n=1 << power,
            r=blocks,
            p=max(parallel, 1),
            maxmem=(128 * blocks << power) + (1 << 26),
            dklen=size,
        )
    except (ValueError, MemoryError, OverflowError) as error:
        raise KesuError(
            f"The key {path.name} needs more memory to open than this machine gives.",
            hint="Make a key without a password (`minisign -G -W`) and keep it in a safe place.",
            code=Exit.DATA,
        ) from error


def read_public(path: Path) -> tuple[bytes, bytes]:
    """Key id and the 32 bytes of the key. Raises KesuError when the file is not a public key."""
    raw = _key_bytes(path, "public", _PUBLIC_BYTES)
    return raw[2 : 2 + _KEY_ID_BYTES], raw[2 + _KEY_ID_BYTES :]


def _key_bytes(path: Path, kind: str, size: int) -> bytes:
    hint = f"Give a minisign {kind} key file; `minisign -G` makes a pair."
    try:
        lines = read_plain(path).decode("utf-8").splitlines()
        raw = base64.b64decode(lines[1], validate=True)
    except OSError as error:
        raise KesuError(
            f"Cannot read the {kind} key {path}: {error.strerror}.", hint=hint, code=unreadable(error)
        ) from error
    except (IndexError, ValueError) as error:
        raise KesuError(f"{path} is not a minisign {kind} key.", hint=hint, code=Exit.DATA) from error
    if len(raw) != size or raw[:2] != b"Ed":
        raise KesuError(f"{path} is not a minisign {kind} key.", hint=hint, code=Exit.DATA)
    return raw
