"""kesu: host tools of the e-ink memo pad that forgets."""
# SPDX-License-Identifier: MIT
