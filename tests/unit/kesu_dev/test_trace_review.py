"""test_trace_review: what the list of reviewed functions keeps when it is renewed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import cast

import pytest
from kesu.verify.trace import reviewed
from kesu.verify.trace.places import Fingerprints
from kesu_dev.trace_review import command


class OneImage:
    """Fingerprints of an image with two functions."""

    def frozen(self, name: str) -> str:
        return {"same": "1", "other": "9"}.get(name, "")

    def native(self, name: str) -> str:
        return ""


def test_only_functions_that_are_as_reviewed_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        reviewed.Function("same", True, ("1", "2"), "of this image and of another"),
        reviewed.Function("other", True, ("3",), "changed since"),
        reviewed.Function("gone", False, ("4",), "no longer in the image"),
    ]
    monkeypatch.setattr(reviewed, "functions", lambda: {(one.frozen, one.name): one for one in listed})
    assert command.unchanged([cast(Fingerprints, OneImage())]) == {(True, "same"): {"1"}}
