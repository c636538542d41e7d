"""policy: the policy block of an image: reads it, and stamps another one without a compiler."""
# SPDX-License-Identifier: MIT
