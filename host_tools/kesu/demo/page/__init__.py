"""page: the pad in a browser: a static page that runs the sealed image of either board."""
# SPDX-License-Identifier: MIT
