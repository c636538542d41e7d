"""release: one folder with all that IT staff and auditors receive: images, proofs, signatures."""
# SPDX-License-Identifier: MIT
