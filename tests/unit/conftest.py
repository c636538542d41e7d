"""conftest: keys to sign with (tests/support/minisign_keys.py)."""
# SPDX-License-Identifier: MIT

from minisign_keys import public, secret

__all__ = ["public", "secret"]
