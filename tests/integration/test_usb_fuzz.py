"""test_usb_fuzz: a short run of hostile USB traffic, and proof that it finds a pad that sends bytes."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import usb_fuzz
from kesu.emulator.core.fork import ForkError
from scenes import Written

pytestmark = pytest.mark.slow


def test_hostile_usb_traffic_changes_nothing(on_written: Callable[..., Any]) -> None:
    seen = on_written(lambda written: usb_fuzz.storm(written, 11, 120))
    assert sum(seen.values()) == 120
    assert len(seen) == 6, "every kind of message was sent"


def test_a_pad_that_sends_a_byte_is_found(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> None:
        written.pad.host._device_sent(written.pad.host.configuration.bulk_in or 2, b"x")
        usb_fuzz.storm(written, 11, 5)

    with pytest.raises(ForkError, match="has sent bytes"):
        on_written(scenario)
