"""page: the pad in a browser: a static page that runs the sealed image on rp2040js."""
# SPDX-License-Identifier: MIT

from kesu.demo.page.site import build_site, default_site

__all__ = ["build_site", "default_site"]
