/* common.h: settings of both boards that come before the port's own. KESU_SEALED comes from the build. */
/* SPDX-License-Identifier: MIT */
#define MICROPY_HW_USB_MANUFACTURER_STRING "Kesu"
#define MICROPY_HW_USB_PRODUCT_FS_STRING "Kesu pad"

/* One core, one thread: the stack of the other core would have to be cleared too. */
#define MICROPY_PY_THREAD (0)
#define MICROPY_HW_USB_MSC (0)
/* Control requests are checked before TinyUSB gets them (patch 0005); see firmware/native/usb_requests.c. */
#define MICROPY_HW_USBD_EVENT kesu_usb_event
/* A name that is not found in this cache costs two divisions; the loop and its handlers use some 300 names. */
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE (1024)
#define MICROPY_HW_ENABLE_UART_REPL (0)

/* SRAM is cleared in C before the VM and its heap exist; see firmware/native/memory.c. */
void kesu_boot_scrub(void);
void kesu_clocks(void);
void kesu_boot_panel_reset(void);
void kesu_boot_panel(void);
#if KESU_SEALED
/* From here on nothing may halt, not even before Python runs; see firmware/native/last_resort.c. */
void kesu_boot_watchdog(void);
void kesu_start_again(void);
#define KESU_BOOT_WATCHDOG() kesu_boot_watchdog()
#define MICROPY_BOARD_START_SOFT_RESET() kesu_start_again()
#else
#define KESU_BOOT_WATCHDOG()
#endif
#define MICROPY_BOARD_STARTUP() \
    do { \
        kesu_boot_panel_reset(); \
        kesu_boot_scrub(); \
        KESU_BOOT_WATCHDOG(); \
        kesu_clocks(); \
        kesu_boot_panel(); \
    } while (0)

#if KESU_SEALED
/* The call line is a device of the application: no console, nothing stored. */
#define MICROPY_HW_USB_CDC (0)
#define MICROPY_HW_FLASH_STORAGE_BYTES (0)
#define MICROPY_HW_ROMFS_BYTES (0)
#define MICROPY_PY_OS_DUPTERM (0)
#define MICROPY_ENABLE_COMPILER (0)
#define MICROPY_HELPER_REPL (0)
#define MICROPY_KBD_EXCEPTION (0)
/* Flash, DMA and PIO from Python (patch 0004). */
#define MICROPY_PY_RP2 (0)

/* An exception must be raised and named while the heap is locked. The port turns the buffer on. */
#define MICROPY_EMERGENCY_EXCEPTION_BUF_SIZE (256)
#define MICROPY_PY_MICROPYTHON_HEAP_LOCKED (1)

/* No raw memory access, standard streams or text input: a note could leave the pad through them. */
#define MICROPY_PY_MACHINE_MEMX (0)
#define MICROPY_PY_SYS_STDFILES (0)
#define MICROPY_PY_SYS_STDIO_BUFFER (0)
#define MICROPY_PY_BUILTINS_INPUT (0)
#define MICROPY_PY_BUILTINS_HELP (0)
#define MICROPY_PY_BUILTINS_COMPILE (0)
#define MICROPY_PY_BUILTINS_EXECFILE (0)
#define MICROPY_PY_IO (0)
#define MICROPY_PY_OS (0)
#define MICROPY_PY_SELECT (0)
#define MICROPY_PY_UCTYPES (0)
#define MICROPY_PY_FRAMEBUF (0)
#define MICROPY_PY_JSON (0)
#define MICROPY_PY_RE (0)
#define MICROPY_PY_BINASCII (0)
#define MICROPY_PY_HASHLIB (0)
#define MICROPY_PY_DEFLATE (0)
#define MICROPY_PY_RANDOM (0)
#define MICROPY_PY_HEAPQ (0)
#define MICROPY_PY_ASYNCIO (0)
#define MICROPY_PY_PLATFORM (0)
#define MICROPY_PY_CMATH (0)
#define MICROPY_PY_MATH (0)
#define MICROPY_PY_COLLECTIONS_DEQUE (0)
#define MICROPY_PY_VFS (0)
#define MICROPY_PY_WEBREPL (0)
#else
/* Stock filesystem and console in addition to the same application. */
#define MICROPY_HW_FLASH_STORAGE_BYTES (1408 * 1024)
#endif
