/* wall_clock: moves the wall clock of one process, for tests; preloaded. The monotonic clocks stay.
 * KESU_TEST_CLOCK names a file whose first 8 bytes are the seconds to add; they may change at any time.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *seconds;

__attribute__((constructor)) static void look(void) {
    const char *path = getenv("KESU_TEST_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *place = mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
        seconds = place == MAP_FAILED ? NULL : place;
        close(file);
    }
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int (*real)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, at);
    if (result == 0 && seconds && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        at->tv_sec += *seconds;
    }
    return result;
}

time_t time(time_t *place) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (place) {
        *place = at.tv_sec;
    }
    return at.tv_sec;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
