"""page: the pad in a browser: a static page that runs the sealed image on rp2040js."""
# SPDX-License-Identifier: MIT
