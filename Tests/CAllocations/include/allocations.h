#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// Blocks that the calling thread has asked the C library's allocator for since it began. Swift's objects, and the
/// memory of buffers, all come from there.
unsigned long allocations_of_this_thread(void);

#endif
