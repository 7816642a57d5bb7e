import Dispatch
import Glibc
import Logging
import Synchronization

/// Takes log lines to a descriptor.
///
/// `append` never blocks: the program that reads the log may stop reading, and a full pipe must not hold up the loop that
/// serves requests. Lines queue up to a bound in bytes, and one thread writes them in order. A line that does not fit is dropped
/// and counted, and so are those behind it, until the queue flows again: then the log says at that place how many are missing.
///
/// Concurrency: any thread. `write` is only called on the queue's own thread.
final class LogQueue: Sendable {
    /// That of a busy second at the level debug. What is being written comes on top: twice this in all.
    static let maximumBytes = 512 << 10

    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
        /// Whether the thread has been told that there is work, and has not yet found that there is none left.
        var isAwake = false
        var flushes: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let maximumBytes: Int
    private let notice: @Sendable (_ dropped: Int) -> String

    /// - Parameters:
    ///   - notice: the line that stands for lines that were dropped.
    ///   - write: may block.
    /// - Throws: `AgentError` where there is no room for a thread.
    init(
        maximumBytes: Int = LogQueue.maximumBytes,
        notice: @escaping @Sendable (_ dropped: Int) -> String,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) throws(AgentError) {
        self.maximumBytes = maximumBytes
        self.notice = notice
        try DetachedThread.start("log") {
            while true {
                self.work.wait()
                while let bytes = self.take() { write(bytes) }
            }
        }
    }

    static func toStandardOutput(_ format: LogFormat) throws(AgentError) -> LogQueue {
        try LogQueue(
            notice: { dropped in
                LogLine(
                    time: .now,
                    level: .warning,
                    message: "\(dropped) log lines were dropped here: standard output was not read in time",
                    fields: [("dropped", "\(dropped)")]
                ).text(format)
            },
            write: self.writeToStandardOutput
        )
    }

    func append(_ line: String) {
        let mustWake = self.state.withLock { state in
            let bytes = line.utf8
            // An order with holes in it would mislead: what follows a dropped line is dropped too.
            if state.dropped == 0, state.pending.count + bytes.count <= self.maximumBytes {
                state.pending.append(contentsOf: bytes)
            } else {
                state.dropped += 1
            }
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if mustWake { self.work.signal() }
    }

    /// Blocks until all that was appended is written, at most for `limit`.
    ///
    /// - Returns: whether all of it was.
    @discardableResult
    func flush(within limit: Duration) -> Bool {
        let done = DispatchSemaphore(value: 0)
        let isIdle = self.state.withLock { state in
            if state.isAwake { state.flushes.append(done) }
            return !state.isAwake
        }
        let (seconds, attoseconds) = limit.components
        let nanoseconds = Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        return isIdle || done.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success
    }

    /// What is to be written next; `nil` where that is nothing.
    private func take() -> [UInt8]? {
        self.state.withLock { state in
            guard !state.pending.isEmpty || state.dropped > 0 else {
                state.isAwake = false
                for flush in state.flushes { flush.signal() }
                state.flushes = []
                return nil
            }
            var bytes = state.pending
            if state.dropped > 0 { bytes += Array(self.notice(state.dropped).utf8) }
            state.pending = []
            state.dropped = 0
            return bytes
        }
    }

    /// Writes whole lines at a time, as many as a pipe takes in one piece: the audit trail may write there too, and its lines
    /// must not come to stand inside one of these.
    private static func writeToStandardOutput(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = self.piece(of: rest)
            guard self.writeAll(piece, to: STDOUT_FILENO) else { return }
            rest = rest[piece.endIndex...]
        }
    }

    /// The lines at the beginning of `bytes` that fit into one write; one line where already that is too long.
    static func piece(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.count > self.pipeBytes else { return bytes }
        let end =
            bytes.prefix(self.pipeBytes).lastIndex(of: UInt8(ascii: "\n"))
            ?? bytes.firstIndex(of: UInt8(ascii: "\n"))
        return end.map { bytes[...$0] } ?? bytes
    }

    /// PIPE_BUF on Linux: what a pipe takes in one piece.
    static let pipeBytes = 4096

    /// Waits where the descriptor does not: another program may have made the terminal non-blocking.
    ///
    /// - Returns: `false` where the reader is gone, and with it the place to report that to.
    private static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: CInt) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, -1)
            } else if count == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }
}
