#include "build_info.h"

#ifndef LOOKOUT_COMMIT
#define LOOKOUT_COMMIT "unknown"
#endif

const char *lookout_build_commit(void) { return LOOKOUT_COMMIT; }
