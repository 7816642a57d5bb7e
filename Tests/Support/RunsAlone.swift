import Glibc

/// Whether the tests that need a process for themselves are to run: they count its memory, or keep a core busy for so long
/// that the tests beside them would starve. `make test` gives each of them a run of its own.
package let runsAlone = getenv("ALONE") != nil
