// Takes the allocator's place in the program of the tests and counts before it passes the call on. The counter is one of
// the thread's own: suites run side by side.

#include "allocations.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

static __thread unsigned long count;

unsigned long allocations_of_this_thread(void) {
    return count;
}

unsigned long bytes_in_use(void) {
    return mallinfo2().uordblks;
}

// Sanitizers bring an allocator of their own, which must not be bypassed: there nothing is counted.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

// The names under which glibc keeps its own functions for those who replace them.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count++;
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    count++;
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    count++;
    *block = __libc_memalign(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

#endif
