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
        try Self.read(path == "-" ? "/dev/stdin" : path) { piece throws(AgentError) in
            // At once: a device or a pipe may never end.
            guard bytes.count + piece.count <= Self.largestWhole else {
                throw AgentError(.fileTooLarge, "\(path): larger than 1 GiB; give it in pieces")
            }
            piece.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// - Throws: `AgentError` naming the file and what the system says about it, or what `piece` throws, which ends it.
    package static func read(
        _ path: String,
        piece: (Span<UInt8>) throws(AgentError) -> Void
    ) throws(AgentError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AgentError(.fileUnreadable, "\(path): \(SystemFault.last)") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        var count: Int
        repeat {
            let progress = buffer.withUnsafeMutableBytes { FileIO.read(into: $0, from: descriptor) }
            if let fault = progress.fault { throw AgentError(.fileUnreadable, "\(path): \(fault)") }
            count = progress.bytes
            try piece(buffer.span.extracting(first: count))
        } while count == buffer.count
    }
}
