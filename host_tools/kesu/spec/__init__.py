"""spec: facts that several languages need, one TOML file for each subject, and their readers."""
# SPDX-License-Identifier: MIT
