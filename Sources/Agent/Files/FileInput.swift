import Base
import Glibc

/// Reads files of any size piece by piece.
package enum FileInput {
    private static let pieceBytes = 64 * 1024
    /// More than ten thousand inspect documents have, ten times over.
    private static let largestWhole = 1 << 30

    /// A whole file; `-` is standard input.
    ///
    /// - Throws: `AgentError`, also when it has more than 1 GiB.
    package static func bytes(_ path: String) throws(AgentError) -> [UInt8] {
        var bytes: [UInt8] = []
        var isTooLarge = false
        try Self.read(path == "-" ? "/dev/stdin" : path) { piece in
            isTooLarge = isTooLarge || bytes.count + piece.count > Self.largestWhole
            if !isTooLarge { piece.withUnsafeBufferPointer { bytes.append(contentsOf: $0) } }
        }
        if isTooLarge { throw AgentError(.fileTooLarge, "\(path): larger than 1 GiB; give it in pieces") }
        return bytes
    }

    /// - Throws: `AgentError` naming the file and what the system says about it.
    package static func read(_ path: String, piece: (Span<UInt8>) -> Void) throws(AgentError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AgentError(.fileUnreadable, "\(path): \(SystemFault.last)") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw AgentError(.fileUnreadable, "\(path): \(SystemFault.last)") }
            guard count > 0 else { return }
            piece(buffer.span.extracting(first: count))
        }
    }
}
