import Base
import Glibc

/// Where the handler of all signals writes their numbers: of what Swift offers, only a plain variable may be read in a handler.
private nonisolated(unsafe) var signalPipeInput: CInt = -1

/// Turns signals into bytes of a pipe, which one thread reads.
///
/// Handlers instead of a blocked mask, because the first thread's mask can no longer be set once `main` is asynchronous, and
/// because a program that is started does not inherit handlers.
struct SignalPipe: Sendable {
    /// The last two mean nothing to the agent; by default they would end it, and other daemons are told by them to reopen
    /// their logs.
    private static let caught = [SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2]

    private let output: CInt

    /// From here on no signal of these ends the process by itself. Once per process.
    ///
    /// - Throws: `AgentError` when the process cannot open a descriptor.
    static func open() throws(AgentError) -> SignalPipe {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw AgentError(.tooFewDescriptors, "no pipe for signals: \(SystemFault.last)")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // A handler must not wait where the pipe is full.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        signalPipeInput = ends[1]
        signal(SIGPIPE, SIG_IGN)
        for number in self.caught {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                // The interrupted code may be about to read it.
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(signalPipeInput, &byte, 1)
                errno = before
            }
            action.sa_flags = SA_RESTART | (number == SIGCHLD ? SA_NOCLDSTOP : 0)
            sigaction(number, &action, nil)
        }
        return SignalPipe(output: ends[0])
    }

    /// Blocks until there are signals, or for `limit`.
    func next(within limit: Duration?) -> [CInt] {
        var entry = pollfd(fd: self.output, events: Int16(POLLIN), revents: 0)
        let milliseconds = limit.map { CInt(clamping: $0.components.seconds * 1000 + Self.milliseconds(of: $0)) }
        guard poll(&entry, 1, milliseconds ?? -1) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(self.output, &bytes, bytes.count)
        return count > 0 ? bytes[..<count].map { CInt($0) } : []
    }

    /// Rounded up, so that a wait is not over just before its moment.
    private static func milliseconds(of duration: Duration) -> Int64 {
        (duration.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
