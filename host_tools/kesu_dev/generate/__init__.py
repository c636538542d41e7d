"""generate: files and parts of files that are generated from host_tools/kesu/spec."""
# SPDX-License-Identifier: MIT
