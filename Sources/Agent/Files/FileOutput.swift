import Base
import Glibc

/// Text for people, and the one line that explains a failed start.
package enum StandardError {
    package static func write(_ text: String) {
        FileOutput.write(text, to: STDERR_FILENO)
    }

    /// Says nothing where writing would block.
    ///
    /// - Parameter text: less than a pipe takes in one piece, 4,096 bytes.
    static func writeIfRead(_ text: String) {
        var entry = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        if poll(&entry, 1, 0) == 1 { self.write(text) }
    }
}

/// Writes to a descriptor without buffering: what was said is out when the process ends.
package enum FileOutput {
    /// Writes a file in place of whatever has that name, whole or not at all.
    package static func replace(_ path: String, with text: String) throws(AgentError) {
        do throws(SystemFault) {
            try NewFile.replace(path, with: text, mode: 0o644)
        } catch {
            throw AgentError(.fileUnwritable, "\(path): \(error)")
        }
    }

    /// - Returns: whether all of it was taken; after the reader has gone, most callers cannot report that anywhere.
    @discardableResult package static func write(_ text: String, to descriptor: CInt) -> Bool {
        FileIO.write(text, to: descriptor).fault == nil
    }

    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) {
        // After the reader has gone, the failure cannot be reported anywhere.
        FileIO.write(bytes, to: descriptor)
    }
}
