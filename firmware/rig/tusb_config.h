/* tusb_config: TinyUSB as one serial function. SPDX-License-Identifier: MIT */
#ifndef TUSB_CONFIG_H
#define TUSB_CONFIG_H
#define CFG_TUSB_RHPORT0_MODE (OPT_MODE_DEVICE)
#define CFG_TUD_ENDPOINT0_SIZE (64)
#define CFG_TUD_CDC (1)
#define CFG_TUD_CDC_RX_BUFSIZE (1024)
#define CFG_TUD_CDC_TX_BUFSIZE (4096)
#define CFG_TUD_CDC_EP_BUFSIZE (64)
#endif
