"""labels_en: texts of the pad in one language; the build generates the module from firmware/assets."""
# SPDX-License-Identifier: MIT

from kesu_pad.labels import *  # noqa: F403 (the same names)
