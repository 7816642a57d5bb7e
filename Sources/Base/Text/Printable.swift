/// Text that others wrote made safe for terminals, logs and reports. A container's name could otherwise move the cursor,
/// turn the direction of a line, or rewrite the line that accuses it.
extension Unicode.Scalar {
    /// Has no picture of its own and can mislead: control characters of both sets, and what turns the direction of text,
    /// ends a line, or takes no room.
    package var isInvisible: Bool {
        if self.isASCII { return self.value < 0x20 || self.value == 0x7f }
        return switch self.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: self.properties.isDefaultIgnorableCodePoint
        }
    }
}

extension StringProtocol {
    /// With every invisible character as `\u{1b}`.
    package var printable: String {
        self.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isInvisible {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    /// The same of the first `limit` Unicode scalars, for messages that quote what a file or a setting holds.
    package func printable(limit: Int) -> String {
        String(String.UnicodeScalarView(self.unicodeScalars.prefix(limit))).printable
    }

    /// With every invisible character as JSON escapes it, `\u001b`, and those beyond U+FFFF as two of these.
    package var escaped: String {
        if self.utf8.allSatisfy(\.isPrintableASCII) { return String(self) }
        return self.unicodeScalars.reduce(into: "") { text, scalar in
            guard scalar.isInvisible else { return text.unicodeScalars.append(scalar) }
            for unit in scalar.utf16 {
                let digits = String(unit, radix: 16)
                text += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
            }
        }
    }
}

/// The form for reports, where the length counts: `?` in place of every invisible character.
package enum Printable {
    package static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isInvisible) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar.isInvisible ? "?" : scalar) }
        return String(result)
    }

    /// At most `limit` Unicode scalars; an ellipsis marks what was cut off. Cut first, so that a text of a megabyte costs no
    /// more than a short one.
    package static func short(_ text: String, limit: Int) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return self.text(text) }
        return self.text(String(scalars.prefix(limit - 1))) + "…"
    }

    /// At most `bytes` bytes of UTF-8; an ellipsis marks what was cut off.
    package static func short(_ text: String, bytes: Int) -> String {
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
