"""fleet: counts of a site's agents: what is counted, how it is written, and who may read it."""
# SPDX-License-Identifier: MIT
