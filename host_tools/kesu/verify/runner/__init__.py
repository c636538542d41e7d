"""runner: `kesu verify`: all checks of an image, and campaigns, cut into jobs for processes."""
# SPDX-License-Identifier: MIT
