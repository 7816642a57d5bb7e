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

    /// At most `limit` characters; what was cut off is marked with an ellipsis.
    static func short(_ text: String, limit: Int) -> String {
        text.utf8.count <= limit || text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }
}
