"""otp: plans which one-time bits lock a Pico 2 (RP2350), and in which order; it writes nothing."""
# SPDX-License-Identifier: MIT
