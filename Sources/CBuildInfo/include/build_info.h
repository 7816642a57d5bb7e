#pragma once

/// The commit this was built from, `-dirty` behind it where files had been changed; "unknown" where nobody said.
const char *lookout_build_commit(void);
