import Foundation

/// Ends a program and all that it started when this process ends, however that comes about.
///
/// A shell runs the program in a session of its own and reads a pipe whose other end only this process holds. The pipe ends
/// with the process. `PR_SET_PDEATHSIG` would not do: it goes by the thread that starts the program, and the threads of a
/// task pool come and go.
final class Leash {
    static let shell = "/bin/sh"

    private static let script = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        group=$!
        end() { kill -9 "-$group" 2>/dev/null; }
        trap end TERM
        while read -r line <&3; do :; done && end &
        wait "$group"
        status=$?
        kill "$!" 2>/dev/null
        end
        exit "$status"
        """

    /// The shell's standard input.
    let input: FileHandle
    private let held: FileHandle

    init() throws {
        var ends: [CInt] = [-1, -1]
        // No other program may inherit the end that is held.
        guard pipe(&ends) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 else { throw POSIXError(.EMFILE) }
        self.input = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        self.held = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }

    /// The shell's arguments.
    static func words(_ program: [String]) throws -> [String] {
        ["-c", self.script, "leash", try Paths.installed("setsid")] + program
    }

    /// What the end of this process does.
    func letGo() {
        try? self.held.close()
    }
}
