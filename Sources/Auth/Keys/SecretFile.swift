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

/// What keeps a text from being used as a secret that clients present in a header field.
enum SecretText {
    /// - Returns: what is wrong, never the secret itself; `nil` if nothing is.
    static func problem(of bytes: Span<UInt8>) -> String? {
        if let mark = ByteOrderMark(of: bytes) { return "begins with \(mark.description)" }
        if bytes.indices.contains(where: { bytes[$0] == 0 }) { return "contains null bytes, as UTF-16 text does" }
        let text = [UInt8](copying: bytes)
        guard let text = String(validating: text, as: UTF8.self) else { return "is not UTF-8 text" }
        return self.problem(of: text.trimmingSpace)
    }

    /// - Parameter text: without white space around it.
    static func problem(of text: some StringProtocol) -> String? {
        if text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) { return "has more than one line" }
        // RFC 9110, 5.5: a field's value has no control characters but the tabulator.
        let control = text.unicodeScalars.first { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f }
        if let control {
            return
                "contains the character U+\(String(control.value, radix: 16, uppercase: true)), which no header can carry"
        }
        return nil
    }
}

/// What editors on other systems put before a text to say how it is encoded.
enum ByteOrderMark {
    case utf8
    case utf16

    init?(of bytes: Span<UInt8>) {
        if bytes.count >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf {
            self = .utf8
        } else if bytes.count >= 2, bytes[0] == 0xff && bytes[1] == 0xfe || bytes[0] == 0xfe && bytes[1] == 0xff {
            self = .utf16
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .utf8: "a byte order mark"
        case .utf16: "a byte order mark of UTF-16"
        }
    }
}
