/* memory: owners of ink bytes, clearing of everything else in RAM, and the scan that counts what is left. */
/* SPDX-License-Identifier: MIT */

#include <stdint.h>
#include <string.h>

#include "py/gc.h"
#include "py/mpstate.h"
#include "py/runtime.h"

#include "hardware/regs/addressmap.h"
#include "hardware/structs/watchdog.h"
#if PICO_RP2040
#include "hardware/structs/sio.h"
#endif

#include "native.h"

#define USB_DPRAM_BYTES (4096) /* RP2040 datasheet 4.1.2.5, RP2350 datasheet 12.7.2 */

/* gc.c keeps these private: two bits a block, four blocks a byte, 00 = free. */
#define BLOCKS_PER_TABLE_BYTE (4)
#define BLOCK_BYTES (MICROPY_BYTES_PER_GC_BLOCK)

/* Stack below residue()'s own frame that interrupts and the interpreter use all the time, independent of ink. */
#define STACK_IN_MOTION_BYTES (1536)

/* The lowest of the 8,192 bytes of stack: a write here means that the stack is about to overrun the heap. */
#define STACK_SPARED_BYTES (256)

/* Linker symbols of ports/rp2/memmap_mp_*.ld. */
extern uint8_t __data_end__, __bss_start__, __bss_end__, __GcHeapEnd, __StackBottom[];
extern uint8_t __scratch_x_start__, __scratch_x_end__, __scratch_y_start__, __scratch_y_end__;

kesu_owner_t kesu_owner_table[KESU_OWNER_MAX];
uint32_t kesu_owner_count;

/* Keeps every registered buffer alive: zeroing memory that the collector has freed would corrupt its new content. */
MP_REGISTER_ROOT_POINTER(mp_obj_t kesu_owned_objects[16]);

static inline uintptr_t stack_pointer(void) {
    uintptr_t value;
    __asm volatile("mov %0, sp" : "=r"(value));
    return value;
}

/* Word loop that keeps its state in registers only, so it may clear the stack just below its caller's frame. */
static inline __attribute__((always_inline)) void clear_words(uintptr_t start, uintptr_t end) {
    #if PICO_ARM
    /* Fixed registers: GCC may merge the four equal operands into one, and STMIA would then store one word. */
    __asm volatile(
        "movs r3, #0\n"
        "movs r4, #0\n"
        "movs r5, #0\n"
        "movs r6, #0\n"
        "b 2f\n"
        "1: stmia %[at]!, {r3, r4, r5, r6}\n"
        "2: cmp %[at], %[limit]\n"
        "blo 1b\n"
        : [at] "+l"(start)
        : [limit] "l"(end - 15)
        : "r3", "r4", "r5", "r6", "cc", "memory");
    #endif
    for (volatile uint32_t *at = (volatile uint32_t *)start; (uintptr_t)at < end; ++at) {
        *at = 0;
    }
}

static uint32_t count_bytes(const void *start, const void *end) {
    uint32_t found = 0;
    for (const uint8_t *at = start; at < (const uint8_t *)end; ++at) {
        while (((uintptr_t)at & 3) == 0 && (const uint8_t *)end - at >= 4 && *(const volatile uint32_t *)at == 0) {
            at += 4;
        }
        if (at < (const uint8_t *)end) {
            found += *(const volatile uint8_t *)at != 0;
        }
    }
    return found;
}

/* Clears RAM that neither the image nor the live stack uses. Runs before gc_init, with USB still in its reset state. */
void kesu_boot_scrub(void) {
    uintptr_t live = stack_pointer() & ~(uintptr_t)7;
    /* Alignment gap, and data that the C start-up does not initialise (none in this image). */
    clear_words((uintptr_t)&__data_end__, (uintptr_t)&__bss_start__);
    clear_words((uintptr_t)&__bss_end__, (uintptr_t)&__GcHeapEnd);
    clear_words((uintptr_t)&__GcHeapEnd, (uintptr_t)&__scratch_x_start__);
    clear_words((uintptr_t)&__scratch_x_end__, (uintptr_t)&__scratch_y_start__);
    clear_words((uintptr_t)&__scratch_y_end__, live);
    clear_words(USBCTRL_DPRAM_BASE, USBCTRL_DPRAM_BASE + USB_DPRAM_BYTES);
    /* 4 to 7 are the boot ROM's restart vector, which is no longer needed (RP2040 datasheet 2.8.1.1). */
    for (int i = 0; i < 8; ++i) {
        watchdog_hw->scratch[i] = 0;
    }
}

/* For a soft reset of the service image: the buffers belong to a heap that is about to be discarded. */
void kesu_owners_forget(void) {
    kesu_owner_count = 0;
    memset(kesu_owner_table, 0, sizeof(kesu_owner_table));
    memset(MP_STATE_VM(kesu_owned_objects), 0, sizeof(MP_STATE_VM(kesu_owned_objects)));
}

/* own(kind, buffer): registers a buffer that may hold ink. */
static mp_obj_t kesu_own(mp_obj_t kind_in, mp_obj_t buffer_in) {
    mp_int_t kind = mp_obj_get_int(kind_in);
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(buffer_in, &buffer, MP_BUFFER_RW);
    if (kind < 1 || kind > 4) {
        mp_raise_ValueError(MP_ERROR_TEXT("owner kind"));
    }
    if (buffer.len == 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("empty buffer"));
    }
    for (uint32_t i = 0; i < kesu_owner_count; ++i) {
        if (kesu_owner_table[i].address == (uintptr_t)buffer.buf) {
            mp_raise_ValueError(MP_ERROR_TEXT("owned already"));
        }
    }
    if (kesu_owner_count == KESU_OWNER_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("too many owners"));
    }
    kesu_owner_t *owner = &kesu_owner_table[kesu_owner_count];
    owner->address = (uintptr_t)buffer.buf;
    owner->length = buffer.len;
    owner->kind = kind;
    MP_STATE_VM(kesu_owned_objects)[kesu_owner_count] = buffer_in;
    ++kesu_owner_count;
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_own_obj, kesu_own);

/* zero_owned(): zeroes every registered buffer; 15,000 bytes take about 0.1 ms. */
static mp_obj_t kesu_zero_owned(void) {
    for (uint32_t i = 0; i < kesu_owner_count; ++i) {
        memset((void *)kesu_owner_table[i].address, 0, kesu_owner_table[i].length);
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_zero_owned_obj, kesu_zero_owned);

static inline bool block_is_free(const mp_state_mem_area_t *area, size_t block) {
    uint8_t kinds = area->gc_alloc_table_start[block / BLOCKS_PER_TABLE_BYTE];
    return ((kinds >> (2 * (block % BLOCKS_PER_TABLE_BYTE))) & 3) == 0;
}

static void clear_free_blocks(void) {
    const mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    size_t table_bytes = area->gc_alloc_table_byte_len;
    uintptr_t pool = (uintptr_t)area->gc_pool_start;
    for (size_t i = 0; i < table_bytes;) {
        size_t first = i;
        while (i < table_bytes && area->gc_alloc_table_start[i] == 0) {
            ++i;
        }
        /* Clear a whole run of free groups at once: at the end of the heap this is one loop. */
        clear_words(pool + first * BLOCKS_PER_TABLE_BYTE * BLOCK_BYTES, pool + i * BLOCKS_PER_TABLE_BYTE * BLOCK_BYTES);
        if (i < table_bytes) {
            for (size_t block = i * BLOCKS_PER_TABLE_BYTE; block < (i + 1) * BLOCKS_PER_TABLE_BYTE; ++block) {
                if (block_is_free(area, block)) {
                    clear_words(pool + block * BLOCK_BYTES, pool + (block + 1) * BLOCK_BYTES);
                }
            }
            ++i;
        }
    }
}

/* Never inlined, so that its frame is the lowest one. An interrupt pushes below it, and has returned before the loop
 * continues. */
static __attribute__((noinline)) void clear_dead_stack(void) {
    uintptr_t live = stack_pointer() & ~(uintptr_t)7;
    clear_words((uintptr_t)__StackBottom, (uintptr_t)&__scratch_x_start__);
    clear_words((uintptr_t)&__scratch_x_end__, (uintptr_t)&__scratch_y_start__);
    clear_words((uintptr_t)&__scratch_y_end__, live);
}

/* Every scrub zeroes the stack down to __StackBottom, and normally no frame reaches that far. Checked between two turns
 * of the loop: other values show that Python, C or an interrupt went too deep. */
bool kesu_stack_is_spared(void) {
    const volatile uint32_t *at = (const volatile uint32_t *)__StackBottom;
    for (int i = 0; i < STACK_SPARED_BYTES / 4; ++i) {
        if (at[i] != 0) {
            return false;
        }
    }
    return true;
}

#if defined(__ARM_FP)
/* An RP2350 has an FPU. s0 to s15 keep values of earlier calls (AAPCS32 6.1.2); the others belong to the callers. */
static void clear_float_registers(void) {
    __asm volatile(
        "vmov d0, %0, %0\n"
        "vmov d1, %0, %0\n"
        "vmov d2, %0, %0\n"
        "vmov d3, %0, %0\n"
        "vmov d4, %0, %0\n"
        "vmov d5, %0, %0\n"
        "vmov d6, %0, %0\n"
        "vmov d7, %0, %0\n"
        :
        : "r"(0)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15");
}
#endif

/* scrub(): clears free heap, dead stack, the interpreter's cache of name lookups (which depends on what code has run),
 * the last operands of the divider or the FPU, and peripheral registers (registers.c). Live blocks are not touched. */
static mp_obj_t kesu_scrub(void) {
    const mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    clear_free_blocks();
    /* Alignment gap at the end of the heap: no block lies there. */
    clear_words((uintptr_t)area->gc_pool_end, (uintptr_t)&__GcHeapEnd);
    #if MICROPY_OPT_MAP_LOOKUP_CACHE
    memset(MP_STATE_VM(map_lookup_cache), 0, sizeof(MP_STATE_VM(map_lookup_cache)));
    #endif
    #if PICO_RP2040
    /* The divider keeps its operands and results (RP2040 datasheet 2.3.1.5); strokes divide. */
    sio_hw->div_udividend = 0;
    sio_hw->div_udivisor = 1;
    #elif defined(__ARM_FP)
    clear_float_registers();
    #endif
    kesu_clear_registers();
    clear_dead_stack();
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_scrub_obj, kesu_scrub);

/* residue(): counts non-zero bytes in the owners, the free heap and the dead stack. The stack just below this frame is
 * skipped: the call itself and every interrupt write there. */
static mp_obj_t kesu_residue(void) {
    const mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    const uint8_t *pool = (const uint8_t *)area->gc_pool_start;
    uint32_t found = 0;
    for (uint32_t i = 0; i < kesu_owner_count; ++i) {
        const uint8_t *start = (const uint8_t *)kesu_owner_table[i].address;
        found += count_bytes(start, start + kesu_owner_table[i].length);
    }
    for (size_t block = 0; block < area->gc_alloc_table_byte_len * BLOCKS_PER_TABLE_BYTE; ++block) {
        if (block_is_free(area, block)) {
            found += count_bytes(pool + block * BLOCK_BYTES, pool + (block + 1) * BLOCK_BYTES);
        }
    }
    uint8_t *strip = (uint8_t *)stack_pointer() - STACK_IN_MOTION_BYTES;
    found += count_bytes(__StackBottom, &__scratch_x_start__);
    found += count_bytes(&__scratch_x_end__, &__scratch_y_start__);
    found += count_bytes(&__scratch_y_end__, strip);
    return MP_OBJ_NEW_SMALL_INT(found);
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_residue_obj, kesu_residue);
