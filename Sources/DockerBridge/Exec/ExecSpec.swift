import Base
package import NIOCore

/// What to run in which container.
package struct ExecSpec: Sendable, Equatable {
    package var containerID: String
    package var command: [String]
    /// `user[:group]`; `nil` takes the container's own.
    package var user: String?
    package var isTTY: Bool
    /// The terminal's first size; `nil` leaves the engine's default.
    package var size: TerminalSize?

    package init(
        containerID: String,
        command: [String],
        user: String? = nil,
        isTTY: Bool = true,
        size: TerminalSize? = nil
    ) {
        self.containerID = containerID
        self.command = command
        self.user = user
        self.isTTY = isTTY
        self.size = size
    }

    /// What a long command counts in the memory budget; a usual one counts as nothing.
    package var heldBytes: Int {
        let bytes = self.command.reduce(0) { $0 + $1.utf8.count }
        return bytes > 4096 ? bytes : 0
    }
}

/// In characters; both above zero.
package struct TerminalSize: Sendable, Equatable {
    package let columns: Int
    package let rows: Int

    /// `nil` unless both are 1 to 65535, the range of the kernel's `winsize`.
    package init?(columns: Int, rows: Int) {
        guard (1...65535).contains(columns), (1...65535).contains(rows) else { return nil }
        self.columns = columns
        self.rows = rows
    }
}

/// How an exec session ended.
package struct ExecEnd: Sendable, Equatable {
    /// Wire text: `exited`, `shutdown`, `input overflow`, or a sentence that says what failed.
    package let reason: String
    /// The process's exit status where the engine told it.
    package let exitCode: Int?

    package init(reason: String, exitCode: Int? = nil) {
        self.reason = reason
        self.exitCode = exitCode
    }
}

/// Who hears of an exec session. `execReady` precedes the first output, `execEnded` is last and comes once.
package protocol ExecSink: AnyObject {
    /// `false` stops reading from the engine until `ExecSession.resume()`.
    var isWritable: Bool { get }
    func execReady()
    /// - Parameter stream: `nil` for a terminal, whose two outputs are one.
    func execOutput(_ bytes: ByteBuffer, stream: StdStream?)
    func execBurstEnded()
    /// Queued input went down to the engine; a paused sender may go on.
    func execInputDrained()
    func execEnded(_ end: ExecEnd)
}

extension ExecMessages {
    /// The body of the request that creates the exec.
    static func create(_ spec: ExecSpec) -> ByteBuffer {
        ByteBuffer(jsonObject: { json in
            json.member("AttachStdin", true)
            json.member("AttachStdout", true)
            json.member("AttachStderr", true)
            json.member("Tty", spec.isTTY)
            json.array("Cmd", of: spec.command)
            if let user = spec.user, !user.isEmpty { json.member("User", user) }
        })
    }
}
