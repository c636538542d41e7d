"""conftest: images built once, a bench of stand-in pads, traps (tests/support/pad_fixtures.py)."""
# SPDX-License-Identifier: MIT

from pad_fixtures import bench, code, sealed, service, victim

__all__ = ["bench", "code", "sealed", "service", "victim"]
