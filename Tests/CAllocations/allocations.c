// Takes the allocator's place in the program of the tests and counts before it passes the call on. The counter is one of
// the thread's own: suites run side by side.

#include "allocations.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

static __thread unsigned long count;
// Of the blocks of this thread. Blocks that another thread frees stay in it, and those of others that it frees leave it.
static __thread long held;
static __thread long peak;

static void *taken(void *block) {
    if (block == NULL) return NULL;
    held += (long)malloc_usable_size(block);
    if (held > peak) peak = held;
    return block;
}

unsigned long allocations_of_this_thread(void) {
    return count;
}

void begin_peak_of_this_thread(void) {
    held = 0;
    peak = 0;
}

unsigned long peak_of_this_thread(void) {
    return (unsigned long)peak;
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
extern void __libc_free(void *block);

void *malloc(size_t size) {
    count++;
    return taken(__libc_malloc(size));
}

void *calloc(size_t number, size_t size) {
    count++;
    return taken(__libc_calloc(number, size));
}

void *realloc(void *block, size_t size) {
    count++;
    size_t before = block == NULL ? 0 : malloc_usable_size(block);
    void *moved = __libc_realloc(block, size);
    if (moved != NULL || size == 0) held -= (long)before;
    return taken(moved);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count++;
    return taken(__libc_memalign(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    count++;
    *block = taken(__libc_memalign(alignment, size));
    return *block == NULL ? ENOMEM : 0;
}

void free(void *block) {
    if (block != NULL) held -= (long)malloc_usable_size(block);
    __libc_free(block);
}

#endif
