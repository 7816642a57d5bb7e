extension StringProtocol {
    /// Without white space at either end, in the Unicode sense: a file may end with CRLF or a no-break space.
    var trimmingSpace: SubSequence {
        let scalars = self.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return self[self.endIndex...] }
        return self[first..<scalars.index(after: last)]
    }

    /// For messages: invisible characters shown as `\u{..}`, so that a file cannot write lines into the log; at most 80 long.
    var printable: String {
        var text = ""
        for scalar in self.unicodeScalars.prefix(80) {
            let isInvisible =
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: true
                default: scalar.properties.isDefaultIgnorableCodePoint
                }
            text += isInvisible ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return text
    }
}

extension Character {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
