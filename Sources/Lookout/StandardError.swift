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
        let temporary = "\(path).new"
        // A link or a FIFO of that name is replaced: written to, it would lead elsewhere or block.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(temporary) }
        var text = text
        let isWritten = text.withUTF8 { Self.writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
        let isClosed = close(descriptor) == 0
        guard isWritten, isClosed, rename(temporary, path) == 0 else {
            let failure = Self.failure(path)
            unlink(temporary)
            throw failure
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("\(path): \(String(cString: strerror(errno)))", status: 2)
    }

    /// - Returns: whether all of it was taken; where nobody reads any more, most callers have no place to report that to.
    @discardableResult static func write(_ text: String, to descriptor: CInt) -> Bool {
        var text = text
        return text.withUTF8 { self.writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) {
        // Where nobody reads any more, there is no place left to report that to.
        _ = self.writeAll(bytes, to: descriptor)
    }

    /// - Returns: whether all of it was taken.
    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let count = Glibc.write(descriptor, base, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }
}
