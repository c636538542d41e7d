"""touch: touch controllers, one driver each, and the sampler that reads them in interrupt context."""
# SPDX-License-Identifier: MIT
