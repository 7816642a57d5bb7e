import Auth
import DockerBridge
import Glibc
import NIOCore

/// The last attempts, newest last, kept across restarts when there is a folder for it.
///
/// The file has one JSON object per line and is replaced as a whole, so that a reader never sees half of it.
struct AttemptLog: Sendable {
    static let capacity = 50
    static let fileName = "attempts.jsonl"
    /// Of the file; fifty lines are a tenth of it.
    private static let maximumFileBytes = 256 * 1024

    /// Each a JSON object.
    private(set) var lines: [String] = []
    private let path: String?

    /// - Parameter folder: `nil` keeps nothing beyond the process.
    /// - Throws: never: what cannot be read is forgotten, since it only informs.
    init(folder: String?) {
        self.path = folder.map { "\($0)/\(Self.fileName)" }
        guard let path, let text = Self.read(path) else { return }
        self.lines = text.split(separator: "\n").suffix(Self.capacity).map(String.init).filter { line in
            var line = line
            return line.withUTF8 { JSONText.validate(UnsafeRawBufferPointer($0)) == .object }
        }
    }

    /// - Returns: why the file could not be written, or `nil`.
    mutating func append(_ record: AttemptRecord) -> String? {
        self.lines.append(record.line)
        if self.lines.count > Self.capacity { self.lines.removeFirst() }
        guard let path else { return nil }
        return Self.replace(path, with: self.lines.map { "\($0)\n" }.joined())
    }

    private static func read(_ path: String) -> String? {
        // A FIFO in its place has an end at once then, instead of holding up the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        guard let file = fdopen(descriptor, "r") else {
            close(descriptor)
            return nil
        }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: self.maximumFileBytes) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func replace(_ path: String, with text: String) -> String? {
        let temporary = "\(path).new"
        // What a crash left there is replaced, and so is a FIFO, which would block.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return "\(temporary): \(String(cString: strerror(errno)))" }
        var text = text
        let written = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
        let error = errno
        close(descriptor)
        guard written == text.utf8.count else {
            unlink(temporary)
            return "\(temporary): \(written < 0 ? String(cString: strerror(error)) : "the disk is full")"
        }
        guard rename(temporary, path) == 0 else { return "\(path): \(String(cString: strerror(errno)))" }
        return nil
    }
}
