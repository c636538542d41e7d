"""policy: constants of the pad, generated from policy.toml by `kesu dev build`; edit that file."""

# SPDX-License-Identifier: MIT
from micropython import const

IDLE_MS = const(180000)
MAX_AGE_MS = const(900000)
COUNTDOWN_MS = const(10000)
EXTENSION_MS = const(0)
WRAP_UP_MS = const(0)
READY_AFTER_MS = const(1800)
LINE_WIDTH = const(2)
TEMPLATE = const(0)
WIPE_HOLD_MS = const(0)
FAULT_SHOW_MS = const(3000)
WATCHDOG_MS = const(4000)
LANGUAGE = const("ja")
SERVICE = const(False)
