import Base

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
