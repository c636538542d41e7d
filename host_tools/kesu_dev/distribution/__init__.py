"""distribution: wheels and source archive of the package kesu, with the page and the sealed images in them."""
# SPDX-License-Identifier: MIT
