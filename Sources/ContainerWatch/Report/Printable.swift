/// Text from a document made safe for terminals, logs and reports.
enum Printable {
    /// Replaces everything that has no picture of its own by `?`: control characters, and those that turn or hide
    /// text. A container's name could otherwise rewrite the line that accuses it.
    static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: Self.isInvisible) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(Self.isInvisible(scalar) ? "?" : scalar) }
        return String(result)
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// Printable, and at most `limit` Unicode scalars; what was cut off is marked with an ellipsis. Cut first, so that a text
    /// of a megabyte costs no more than a short one.
    static func short(_ text: String, limit: Int) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return self.text(text) }
        return self.text(String(scalars.prefix(limit - 1))) + "…"
    }

    /// Printable, and at most `bytes` bytes of UTF-8; what was cut off is marked with an ellipsis.
    static func short(_ text: String, bytes: Int) -> String {
        guard text.utf8.count > bytes else { return self.text(text) }
        var (end, count) = (text.unicodeScalars.startIndex, "…".utf8.count)
        for index in text.unicodeScalars.indices {
            count += UTF8.width(text.unicodeScalars[index])
            if count > bytes { break }
            end = text.unicodeScalars.index(after: index)
        }
        return self.text(String(text.unicodeScalars[..<end])) + "…"
    }
}
