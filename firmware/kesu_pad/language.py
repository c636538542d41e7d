"""language: the texts in the language of the policy."""

# SPDX-License-Identifier: MIT
from kesu_pad import policy

__all__ = ["labels"]

if policy.LANGUAGE == policy.LANGUAGE_EN:
    from kesu_pad import labels_en as labels
else:
    from kesu_pad import labels_ja as labels  # type: ignore[no-redef]  # one of the two
