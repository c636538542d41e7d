"""conftest: images built once, a bench of stand-in pads, traps (tests/support/pad_fixtures.py), keys to sign with."""
# SPDX-License-Identifier: MIT

from minisign_keys import public, secret
from pad_fixtures import bench, code, sealed, service, victim

__all__ = ["bench", "code", "public", "sealed", "secret", "service", "victim"]
