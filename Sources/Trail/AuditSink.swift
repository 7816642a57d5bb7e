import Auth
import Base
import Glibc

/// Where audit lines go: standard output, standard error or a file that is only ever appended to.
package enum AuditDestination: Hashable, Sendable {
    case standardOutput
    case standardError
    case file(String)

    /// Reads `AUDIT_LOG`: `stdout`, `stderr` or a path. The usual links to the two streams mean the streams.
    package init(setting: String) {
        switch setting {
        case "stdout", "/dev/stdout": self = .standardOutput
        case "stderr", "/dev/stderr": self = .standardError
        default: self = .file(setting)
        }
    }
}

/// An open destination. Used by the trail's own queue only.
struct AuditSink: ~Copyable {
    /// Long enough for any line that this program writes.
    private static let maxTailBytes = 64 * 1024

    private let descriptor: Int32
    private let isOwned: Bool
    private let isFile: Bool
    // A line was cut off and could not be taken back, so the next one must begin on a line of its own.
    private var hasTornLine = false

    /// - Throws: `.unwritable`, `.isLink` or `.notRegularFile` with the path.
    init(_ destination: AuditDestination) throws(KeyFileError) {
        switch destination {
        case .standardOutput: (self.descriptor, self.isOwned, self.isFile) = (STDOUT_FILENO, false, false)
        case .standardError: (self.descriptor, self.isOwned, self.isFile) = (STDERR_FILENO, false, false)
        case .file(let path):
            let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
            let descriptor = unsafe open(path, flags, 0o600)
            guard descriptor >= 0 else {
                // A program that can put a link there could have the agent write into any file.
                if errno == ELOOP {
                    throw KeyFileError(.isLink, "is a symbolic link, which is not followed", path: path)
                }
                throw KeyFileError(.unwritable, "cannot be opened (\(SystemFault.last))", path: path)
            }
            var status = stat()
            let isExamined = unsafe fstat(descriptor, &status) == 0
            let kind = status.st_mode & S_IFMT
            guard isExamined, kind == S_IFREG || kind == S_IFCHR else {
                close(descriptor)
                throw KeyFileError(.notRegularFile, "is neither a regular file nor a terminal or the like", path: path)
            }
            (self.descriptor, self.isOwned, self.isFile) = (descriptor, true, kind == S_IFREG)
            self.hasTornLine = self.isFile && Self.lastByte(of: descriptor, size: status.st_size) != UInt8(ascii: "\n")
        }
    }

    /// The hash of the last line in the file; `nil` if there is none.
    func lastLineHash() -> String? {
        guard self.isFile else { return nil }
        var tail = Self.tail(of: self.descriptor)
        if tail.last == UInt8(ascii: "\n") { tail.removeLast() }
        guard !tail.isEmpty else { return nil }
        let start = tail.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return SHA256Digest(of: tail.span.extracting(start...)).hex
    }

    /// Writes one line and its line feed, all or nothing.
    ///
    /// - Returns: the reason if it could not be written; then the file is as before.
    mutating func write(_ line: [UInt8]) -> String? {
        let bytes = (self.hasTornLine ? [UInt8(ascii: "\n")] : []) + line + [UInt8(ascii: "\n")]
        let progress = FileIO.write(bytes, to: self.descriptor)
        if let fault = progress.fault {
            self.takeBack(progress.bytes)
            return fault.description
        }
        self.hasTornLine = false
        return nil
    }

    func synchronize() {
        if self.isFile { fdatasync(self.descriptor) }
    }

    private mutating func takeBack(_ count: Int) {
        guard count > 0 else { return }
        var status = stat()
        if self.isFile, unsafe fstat(self.descriptor, &status) == 0,
            ftruncate(self.descriptor, status.st_size - count) == 0
        {
            return
        }
        self.hasTornLine = true
    }

    private static func lastByte(of descriptor: Int32, size: off_t) -> UInt8? {
        guard size > 0 else { return UInt8(ascii: "\n") }
        var byte: UInt8 = 0
        return unsafe pread(descriptor, &byte, 1, size - 1) == 1 ? byte : nil
    }

    private static func tail(of descriptor: Int32) -> [UInt8] {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return [] }
        let start = max(0, Int(status.st_size) - self.maxTailBytes)
        return unsafe [UInt8](unsafeUninitializedCapacity: self.maxTailBytes) { buffer, count in
            count = max(0, unsafe pread(descriptor, buffer.baseAddress!, buffer.count, off_t(start)))
        }
    }

    deinit {
        if self.isOwned { close(self.descriptor) }
    }
}
