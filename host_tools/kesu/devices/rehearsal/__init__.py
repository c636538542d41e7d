"""rehearsal: stand-in pads on a made-up machine, so that flashing is practised before pads arrive. Nothing real is
read, written or run; the tests of `kesu flash` and `kesu seal` use the same stand-ins."""
# SPDX-License-Identifier: MIT
