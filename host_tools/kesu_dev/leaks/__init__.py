"""leaks: `kesu dev leaks`, a campaign of leaks that a seed draws."""
# SPDX-License-Identifier: MIT
