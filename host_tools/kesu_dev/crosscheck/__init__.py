"""crosscheck: plays one suite of scenarios on both benches, rp2040py and rp2040js, and compares the results."""
# SPDX-License-Identifier: MIT
