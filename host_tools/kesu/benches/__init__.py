"""benches: one suite of scenarios on both benches, rp2040py and rp2040js, and how well they agree."""
# SPDX-License-Identifier: MIT
