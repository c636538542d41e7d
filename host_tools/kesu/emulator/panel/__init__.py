"""panel: e-ink controllers, their memories and waveforms, and the glass."""
# SPDX-License-Identifier: MIT
