#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// Blocks that the calling thread has asked the C library's allocator for since it began. Swift's objects, and the
/// memory of buffers, all come from there.
unsigned long allocations_of_this_thread(void);

/// Begins to measure how many bytes the calling thread holds at once.
void begin_peak_of_this_thread(void);

/// The most bytes that the calling thread has held at once since it began to measure, above what it held then; 0 under a
/// sanitizer.
unsigned long peak_of_this_thread(void);

/// What all threads have asked for and not given back; 0 under a sanitizer.
unsigned long bytes_in_use(void);

#endif
