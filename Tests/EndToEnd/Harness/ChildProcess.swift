import Foundation

/// A process with exactly the descriptors that it is given, and whose end is its own.
///
/// Not Foundation's `Process`: that one holds a process for alive until everything it started has ended too, and an
/// engine outlives the script that starts it.
final class ChildProcess {
    enum Streams {
        case files(input: FileHandle, output: FileHandle, errors: FileHandle)
        /// All three are this terminal, and the process is in charge of it.
        case terminal(path: String)
    }

    /// POSIX_SPAWN_SETSID, which the C library's headers hide from Swift.
    private static let leadsSession = Int32(0x80)

    // Hidden in the same way, but a function can be looked up.
    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt
    private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np")
        .map { unsafeBitCast($0, to: CloseFrom.self) }

    let identifier: pid_t
    private var status: Int32?

    init(_ executable: String, _ arguments: [String], environment: [String: String], streams: Streams) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        // Whatever the test runner blocks or ignores is not what a shell would pass on.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        switch streams {
        case .files(let input, let output, let errors):
            for (number, file) in [input, output, errors].enumerated() {
                posix_spawn_file_actions_adddup2(&actions, file.fileDescriptor, CInt(number))
            }
        case .terminal(let path):
            // The first terminal that the leader of a session opens becomes its own.
            flags |= Self.leadsSession
            for number in 0...2 { posix_spawn_file_actions_addopen(&actions, CInt(number), path, O_RDWR, 0) }
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        // Nothing else: an inherited end of a pipe or a socket keeps it open for ever.
        guard let closeFrom = Self.closeFrom, closeFrom(&actions, 3) == 0 else {
            throw Missing(description: "the end-to-end tests need glibc 2.34 or newer")
        }

        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        var environment = environment
        // Where a build counts its lines, the count goes where the tests' own goes.
        if let counts = getenv("LLVM_PROFILE_FILE") { environment["LLVM_PROFILE_FILE"] = String(cString: counts) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var identifier = pid_t()
        let failure = posix_spawn(&identifier, executable, &actions, &attributes, words, variables)
        guard failure == 0 else {
            throw Missing(description: "cannot start \(executable): \(String(cString: strerror(failure)))")
        }
        self.identifier = identifier
    }

    /// The exit status, once there is one; a signal counts as 128 and its number, as in a shell.
    func endStatus() -> Int32? {
        if self.status == nil {
            var raw: Int32 = 0
            if waitpid(self.identifier, &raw, WNOHANG) == self.identifier { self.status = Self.decode(raw) }
        }
        return self.status
    }

    func waitForEnd() {
        guard self.status == nil else { return }
        var raw: Int32 = 0
        while waitpid(self.identifier, &raw, 0) < 0, errno == EINTR {}
        self.status = Self.decode(raw)
    }

    /// Only before its end was seen: afterwards the number may belong to somebody else.
    func signal(_ number: CInt) {
        if self.status == nil { kill(self.identifier, number) }
    }

    private static func decode(_ raw: Int32) -> Int32 {
        let signal = raw & 0x7f
        return signal == 0 ? (raw >> 8) & 0xff : 128 + signal
    }
}
