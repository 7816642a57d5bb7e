import Glibc

/// Reads files of any size piece by piece.
enum FileInput {
    private static let pieceBytes = 64 * 1024

    /// - Throws: `CommandFailure` naming the file and what the system says about it.
    static func read(_ path: String, piece: (Span<UInt8>) -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFailure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CommandFailure("\(path): \(String(cString: strerror(errno)))") }
            guard count > 0 else { return }
            piece(buffer.span.extracting(first: count))
        }
    }
}
