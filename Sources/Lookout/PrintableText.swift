extension String {
    /// With every control character as `\u{1b}`: what a controller or an engine said must not move a terminal's cursor
    /// or look like lines of ours.
    var printable: String {
        self.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
