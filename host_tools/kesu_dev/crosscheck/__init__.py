"""crosscheck: plays one suite of scenarios on all benches, and compares the results."""
# SPDX-License-Identifier: MIT
