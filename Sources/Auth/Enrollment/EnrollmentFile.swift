import Base
import Glibc

/// The two files that enrollment writes: the key file, to which one line is added, and the marker of used tokens.
///
/// Neither is reached through a symbolic link, and both are on disk before the answer says so.
struct EnrollmentFile: Sendable {
    let path: String

    /// Room for sixteen thousand used tokens.
    private static let maxMarkerBytes = 1024 * 1024

    private var markerPath: String { "\(self.path).enrolled" }

    /// Adds `line`, on a line of its own even if the file does not end with a line feed. Mode and owner stay.
    ///
    /// - Throws: `.unwritable`; then the file is as before.
    func append(_ line: String) throws(KeyFileError) {
        try self.append(line, to: self.path)
    }

    /// Remembers that the token with this digest was used.
    ///
    /// - Returns: what `unmark` takes back.
    func mark(_ token: SHA256Digest) throws(KeyFileError) -> Mark {
        let length = try self.append(token.hex, to: self.markerPath)
        try self.synchronizeFolder()
        return Mark(lengthBefore: length)
    }

    struct Mark {
        fileprivate let lengthBefore: off_t
    }

    /// Takes the last `mark` back. If that fails too, the token stays used, which is the safe side.
    func unmark(_ mark: Mark) {
        guard let descriptor = try? self.open(self.markerPath) else { return }
        defer { close(descriptor) }
        if ftruncate(descriptor, mark.lengthBefore) == 0 { fsync(descriptor) }
    }

    /// Makes an empty key file if there is none, readable by its owner alone.
    ///
    /// - Returns: whether it was made.
    static func createIfMissing(_ path: String) throws(KeyFileError) -> Bool {
        do throws(SystemFault) {
            try NewFile.create(path, with: [UInt8]().span)
            return true
        } catch {
            guard error.code != EEXIST else { return false }
            throw KeyFileError(.unwritable, "cannot be made (\(error))", path: path)
        }
    }

    /// A marker that exists but cannot be read may hold the token, so it counts as if it did.
    func hasMarker(_ token: SHA256Digest) -> Bool {
        do throws(KeyFileError) {
            let marker = try GuardedFile.read(self.markerPath, rule: .secrets, maxBytes: Self.maxMarkerBytes)
            let wanted = Array(token.hex.utf8)
            return marker.withBytes { bytes in
                var lines = LineRanges(of: bytes)
                while let line = lines.next(in: bytes) {
                    if Sodium.areEqual(bytes.extracting(line), wanted.span) { return true }
                }
                return false
            }
        } catch {
            return error.code != .missing
        }
    }

    /// Finds a read-only mount at the start rather than when the controller comes.
    func writeProblems() -> [String] {
        var problems: [String] = []
        for path in [self.path, self.markerPath] {
            do throws(KeyFileError) {
                close(try self.open(path))
            } catch {
                problems.append("enrollment will fail: \(error.description)")
            }
        }
        return problems
    }

    private func open(_ path: String) throws(KeyFileError) -> Int32 {
        let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = unsafe Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw self.unwritable(path) }
        return descriptor
    }

    /// - Returns: how long the file was before.
    @discardableResult
    private func append(_ line: String, to path: String) throws(KeyFileError) -> off_t {
        let descriptor = try self.open(path)
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw self.unwritable(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyFileError(.notRegularFile, "is not a regular file", path: path)
        }
        var last = UInt8(ascii: "\n")
        if status.st_size > 0 {
            guard unsafe pread(descriptor, &last, 1, status.st_size - 1) == 1 else { throw self.unwritable(path) }
        }
        let text = Array(((last == UInt8(ascii: "\n") ? "" : "\n") + line + "\n").utf8)
        let written = unsafe write(descriptor, text, text.count)
        guard written == text.count, fsync(descriptor) == 0 else {
            let error = self.unwritable(path)
            ftruncate(descriptor, status.st_size)
            throw error
        }
        return status.st_size
    }

    private func synchronizeFolder() throws(KeyFileError) {
        let folder = self.path.lastIndex(of: "/").map { String(self.path[...$0]) } ?? "."
        let descriptor = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.unwritable(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw self.unwritable(folder) }
    }

    private func unwritable(_ path: String) -> KeyFileError {
        KeyFileError(.unwritable, "cannot be written (\(SystemFault.last))", path: path)
    }
}
