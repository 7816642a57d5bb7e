#pragma once

#include <malloc.h>
#include <sys/prctl.h>

// Swift cannot call a function with `...`.

/// Names the calling thread, in at most 15 bytes.
static inline void lookout_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Orphans below this process become its children. 0, or -1 with errno.
static inline int lookout_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
