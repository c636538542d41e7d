"""oracle: the emulator's core compared with unicorn, an emulator of other descent (docs/records/0062)."""
# SPDX-License-Identifier: MIT
