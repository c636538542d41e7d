/* usb: descriptors of the rig: one CDC function. Numbers of the pico-sdk's serial port, which any program may use; the
 * rig is found by its product text. SPDX-License-Identifier: MIT */
#include <string.h>

#include "identity.h"
#include "tusb.h"

enum { NUMBER_CONTROL, NUMBER_DATA, NUMBERS };
enum { TEXT_LANGUAGE, TEXT_MAKER, TEXT_PRODUCT, TEXT_VERSION, TEXTS };
#define ENDPOINT_NOTICE 0x81
#define ENDPOINT_OUT 0x02
#define ENDPOINT_IN 0x82
#define LENGTH (TUD_CONFIG_DESC_LEN + TUD_CDC_DESC_LEN)
#define MILLIAMPERES 100

static const tusb_desc_device_t device = {
    .bLength = sizeof(tusb_desc_device_t),
    .bDescriptorType = TUSB_DESC_DEVICE,
    .bcdUSB = 0x0200,
    .bDeviceClass = TUSB_CLASS_MISC,
    .bDeviceSubClass = MISC_SUBCLASS_COMMON,
    .bDeviceProtocol = MISC_PROTOCOL_IAD,
    .bMaxPacketSize0 = CFG_TUD_ENDPOINT0_SIZE,
    .idVendor = RIG_USB_VENDOR,
    .idProduct = RIG_USB_PRODUCT,
    .bcdDevice = 0x0100,
    .iManufacturer = TEXT_MAKER,
    .iProduct = TEXT_PRODUCT,
    .iSerialNumber = TEXT_VERSION,
    .bNumConfigurations = 1,
};
static const uint8_t configuration[] = {
    TUD_CONFIG_DESCRIPTOR(1, NUMBERS, 0, LENGTH, 0, MILLIAMPERES),
    TUD_CDC_DESCRIPTOR(NUMBER_CONTROL, 0, ENDPOINT_NOTICE, 8, ENDPOINT_OUT, ENDPOINT_IN, 64),
};
static const char *const texts[TEXTS] = { 0, "Kesu", RIG_PRODUCT_TEXT, RIG_ID };

const uint8_t *tud_descriptor_device_cb(void) {
    return (const uint8_t *)&device;
}

const uint8_t *tud_descriptor_configuration_cb(uint8_t index) {
    (void)index;
    return configuration;
}

const uint16_t *tud_descriptor_string_cb(uint8_t index, uint16_t language) {
    static uint16_t text[32];
    (void)language;
    uint32_t count = 0;
    if (index >= TEXTS) {
        return 0;
    }
    if (index == TEXT_LANGUAGE) {
        text[1] = 0x0409;
        count = 1;
    } else {
        for (; texts[index][count] && count < 31; count++) {
            text[1 + count] = (uint8_t)texts[index][count];
        }
    }
    text[0] = (uint16_t)(TUSB_DESC_STRING << 8 | (2 * count + 2));
    return text;
}
