import Base
import Glibc

/// Reads files that decide who gets in, and refuses those that another user could read or change.
///
/// Every check is made on the opened descriptor, so that the file that was checked is the file that is read.
enum GuardedFile {
    struct Contents: ~Copyable {
        /// Larger than the file: its first `length` bytes are the contents.
        fileprivate let buffer: SecretBytes
        fileprivate let length: Int
        /// The owner is neither root nor the user that runs this process.
        let hasForeignOwner: Bool
        let isWorldReadable: Bool

        borrowing func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
            let length = self.length
            return try self.buffer.withBytes { bytes throws(E) in try body(bytes.extracting(first: length)) }
        }
    }

    enum Rule {
        /// 0600, 0640, 0400 and the like: not world-readable, not writable by group or world.
        case keys
        /// Any mode, because container platforms mount secrets as they like; the caller warns.
        case secrets
    }

    /// Reads a regular file that `rule` accepts.
    ///
    /// - Parameter maxBytes: a larger file is refused without being read.
    static func read(_ path: String, rule: Rule = .keys, maxBytes: Int) throws(KeyFileError) -> Contents {
        // Non-blocking, because opening a FIFO would otherwise wait for a writer before it can be refused.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let code: KeyFileError.Code = errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable
            throw KeyFileError(code, "cannot be opened (\(SystemFault.last))", path: path)
        }
        defer { close(descriptor) }

        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw KeyFileError(.unreadable, "cannot be examined (\(SystemFault.last))", path: path)
        }
        try Self.check(status, rule: rule, path: path)
        guard status.st_size <= maxBytes else { throw Self.tooLarge(path, maxBytes) }

        var length = 0
        let buffer = try SecretBytes(count: maxBytes + 1) { span throws(KeyFileError) in
            length = try Self.readAll(descriptor, into: &span, path: path)
        }
        guard length <= maxBytes else { throw Self.tooLarge(path, maxBytes) }
        return Contents(
            buffer: buffer,
            length: length,
            hasForeignOwner: status.st_uid != 0 && status.st_uid != geteuid(),
            isWorldReadable: status.st_mode & 0o004 != 0
        )
    }

    private static func check(_ status: stat, rule: Rule, path: String) throws(KeyFileError) {
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyFileError(.notRegularFile, "is a \(Self.kind(of: status.st_mode))", path: path)
        }
        guard rule == .keys else { return }
        let mode = String(status.st_mode & 0o7777, radix: 8)
        if status.st_mode & 0o022 != 0 {
            throw KeyFileError(.writableByOthers, "can be changed by others (mode 0\(mode))", path: path)
        }
        if status.st_mode & 0o004 != 0 {
            throw KeyFileError(.worldReadable, "can be read by every user (mode 0\(mode))", path: path)
        }
    }

    /// Reads to the end rather than to the size that was reported, which may already be old.
    private static func readAll(
        _ descriptor: Int32,
        into span: inout MutableSpan<UInt8>,
        path: String
    ) throws(KeyFileError) -> Int {
        let progress = unsafe span.withUnsafeMutableBytes { unsafe FileIO.read(into: $0, from: descriptor) }
        if let fault = progress.fault {
            throw KeyFileError(.unreadable, "cannot be read (\(fault))", path: path)
        }
        return progress.bytes
    }

    private static func tooLarge(_ path: String, _ maxBytes: Int) -> KeyFileError {
        KeyFileError(.tooLarge, "is larger than \(maxBytes / 1024) KiB", path: path)
    }

    private static func kind(of mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "directory"
        case S_IFIFO: "FIFO"
        case S_IFSOCK: "socket"
        case S_IFCHR, S_IFBLK: "device"
        default: "special file"
        }
    }
}
