"""pictures: labels as 1-bit rows; the module itself is generated from firmware/assets by the build."""
# SPDX-License-Identifier: MIT

DIGIT_0: bytes
DIGIT_0_WIDTH: int
DIGIT_1: bytes
DIGIT_1_WIDTH: int
DIGIT_2: bytes
DIGIT_2_WIDTH: int
DIGIT_3: bytes
DIGIT_3_WIDTH: int
DIGIT_4: bytes
DIGIT_4_WIDTH: int
DIGIT_5: bytes
DIGIT_5_WIDTH: int
DIGIT_6: bytes
DIGIT_6_WIDTH: int
DIGIT_7: bytes
DIGIT_7_WIDTH: int
DIGIT_8: bytes
DIGIT_8_WIDTH: int
DIGIT_9: bytes
DIGIT_9_WIDTH: int
FAULT_EN: bytes
FAULT_EN_WIDTH: int
FAULT_JA: bytes
FAULT_JA_WIDTH: int
READY_EN: bytes
READY_EN_WIDTH: int
READY_JA: bytes
READY_JA_WIDTH: int
SERVICE: bytes
SERVICE_WIDTH: int
WIPING_EN: bytes
WIPING_EN_WIDTH: int
WIPING_JA: bytes
WIPING_JA_WIDTH: int
