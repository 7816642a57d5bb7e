extension StringProtocol {
    /// As Go's JSON reader compares the names of members: by simple case folding, to which two letters outside ASCII belong.
    package var foldedName: String {
        String(
            String.UnicodeScalarView(
                self.unicodeScalars.map { scalar in
                    switch scalar {
                    case "\u{17F}": "s"
                    case "\u{212A}": "k"
                    case "A"..."Z": Unicode.Scalar(UInt8(ascii: scalar) | 0x20)
                    default: scalar
                    }
                }
            )
        )
    }
}
