import Base
import Glibc

/// Text for people, and the one line that explains a failed start.
enum StandardError {
    static func write(_ text: String) {
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
enum FileOutput {
    /// Writes a file in place of whatever has that name, whole or not at all.
    ///
    /// - Throws: `CommandFailure` with status 2.
    static func replace(_ path: String, with text: String) throws {
        do throws(SystemFault) {
            try NewFile.replace(path, with: text, mode: 0o644)
        } catch {
            throw CommandFailure("\(path): \(error)", status: 2)
        }
    }

    /// - Returns: whether all of it was taken; where nobody reads any more, most callers have no place to report that to.
    @discardableResult static func write(_ text: String, to descriptor: CInt) -> Bool {
        FileIO.write(text, to: descriptor).fault == nil
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) {
        // Where nobody reads any more, there is no place left to report that to.
        FileIO.write(bytes, to: descriptor)
    }
}
