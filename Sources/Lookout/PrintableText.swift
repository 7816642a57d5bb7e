extension String {
    /// With every invisible character as `\u{1b}`: what a controller or an engine said must not move a terminal's cursor
    /// or look like lines of ours.
    var printable: String {
        self.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isInvisible {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    /// With every invisible character as JSON escapes it, `\u001b`, and those beyond U+FFFF as two of these.
    var escaped: String {
        if self.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return self }
        return self.unicodeScalars.reduce(into: "") { text, scalar in
            guard scalar.isInvisible else { return text.unicodeScalars.append(scalar) }
            for unit in scalar.utf16 {
                let digits = String(unit, radix: 16)
                text += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
            }
        }
    }
}

extension Unicode.Scalar {
    /// Has no picture of its own and can mislead: control characters of both sets, what turns the direction of text, ends a
    /// line, or takes no room. `Auth` and `ContainerWatch` judge alike.
    var isInvisible: Bool {
        switch self.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: self.properties.isDefaultIgnorableCodePoint
        }
    }
}
