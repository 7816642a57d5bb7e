import Base

/// A secret that stands in a file of its own: a token, a passphrase. White space around it is dropped.
package struct SecretFile: ~Copyable {
    /// Far more than any secret.
    package static let maxBytes = 64 * 1024

    package let secret: SecretBytes
    /// Everybody on the host can read it, which deserves a warning; container platforms mount secrets like that.
    package let isWorldReadable: Bool

    /// - Parameter isForHeaders: refuses what a header field cannot carry or what only looks like the secret, such as a byte
    ///   order mark. A client could never present it.
    /// - Throws: `.missing`, `.unreadable`, `.notRegularFile`, `.tooLarge`, `.badSecret`, or `.emptySecret` if nothing is left
    ///   after trimming: an empty secret would let everybody in.
    package init(path: String, isForHeaders: Bool = false) throws(KeyFileError) {
        let file = try GuardedFile.read(path, rule: .secrets, maxBytes: Self.maxBytes)
        self.secret = try file.withBytes { bytes throws(KeyFileError) in
            if isForHeaders, let problem = SecretText.problem(of: bytes) {
                throw KeyFileError(.badSecret, problem, path: path)
            }
            let text = String(decoding: [UInt8](copying: bytes), as: UTF8.self)
            let trimmed = Array(text.trimmingSpace.utf8)
            guard !trimmed.isEmpty else { throw KeyFileError(.emptySecret, "holds no secret", path: path) }
            return SecretBytes(copying: trimmed.span)
        }
        self.isWorldReadable = file.isWorldReadable
    }

    /// The secret as text, for a caller that hashes it at once or must present it.
    package var text: String {
        self.secret.withBytes { String(decoding: [UInt8](copying: $0), as: UTF8.self) }
    }
}
