"""leaks: leaks that a seed composes from sources of ink, stores, outputs, triggers, moments and encodings."""
# SPDX-License-Identifier: MIT
