/// A secret that stands in a file of its own: a token, a passphrase. White space around it is dropped.
package struct SecretFile: ~Copyable {
    /// Far more than any secret.
    package static let maxBytes = 64 * 1024

    package let secret: SecretBytes
    /// Everybody on the host can read it, which deserves a warning; container platforms mount secrets like that.
    package let isWorldReadable: Bool

    /// - Throws: `.missing`, `.unreadable`, `.notRegularFile`, `.tooLarge`, or `.emptySecret` if nothing is left after
    ///   trimming: an empty secret would let everybody in.
    package init(path: String) throws(KeyFileError) {
        let file = try GuardedFile.read(path, rule: .secrets, maxBytes: Self.maxBytes)
        self.secret = try file.withBytes { bytes throws(KeyFileError) in
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
