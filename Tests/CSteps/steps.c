// Takes the place of functions that every loop of Swift calls, and counts before it passes the call on. The counter is one of
// the thread's own: suites run side by side.

#define _GNU_SOURCE

#include "steps.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

static __thread unsigned long count;

unsigned long steps_of_this_thread(void) {
    return count;
}

// Sanitizers bring functions of their own, which must not be bypassed.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

// How Swift compares texts that are too long to stand in a register. Its library calls these across libraries, so also the
// loops inside the library are seen.
static int compared(const unsigned char *left, const unsigned char *right, size_t size) {
    count++;
    while (size >= 8) {
        uint64_t a, b;
        __builtin_memcpy(&a, left, 8);
        __builtin_memcpy(&b, right, 8);
        if (a != b) break;
        left += 8, right += 8, size -= 8;
    }
    for (; size > 0; left++, right++, size--) {
        if (*left != *right) return *left - *right;
    }
    return 0;
}

int memcmp(const void *left, const void *right, size_t size) {
    return compared(left, right, size);
}

int bcmp(const void *left, const void *right, size_t size) {
    return compared(left, right, size);
}

// A step is 64 bytes that are looked at, which is what a search costs.
void *memchr(const void *memory, int byte, size_t size) {
    const unsigned char *bytes = memory;
    size_t place = 0;
    while (place < size && bytes[place] != (unsigned char)byte) place++;
    count += place / 64 + 1;
    return place < size ? (void *)(bytes + place) : NULL;
}

// What a loop does with each element that holds an object. Libraries call these before this program's own constructors run, so
// Swift's functions are looked up at the first call. They are the same whichever thread is first.
#define PASS_ON(name, object) \
    static typeof(name) *own; \
    if (own == NULL) own = (typeof(name) *)dlsym(RTLD_NEXT, #name); \
    count++; \
    return own(object)

void *swift_retain(void *object) {
    PASS_ON(swift_retain, object);
}

void swift_release(void *object) {
    PASS_ON(swift_release, object);
}

void *swift_bridgeObjectRetain(void *object) {
    PASS_ON(swift_bridgeObjectRetain, object);
}

void swift_bridgeObjectRelease(void *object) {
    PASS_ON(swift_bridgeObjectRelease, object);
}

#endif
