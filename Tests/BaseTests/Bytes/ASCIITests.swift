import Testing

@testable import Base

@Suite struct ASCIITests {
    /// Compared with what Swift says of the character, for every byte.
    @Test func everyByteIsInItsClasses() {
        for byte in UInt8.min...UInt8.max {
            let character = byte < 0x80 ? Character(Unicode.Scalar(byte)) : nil
            #expect(byte.isDigit == (character?.isWholeNumber ?? false))
            #expect(byte.isLetter == (character?.isLetter ?? false))
            #expect(byte.isAlphanumeric == (byte.isDigit || byte.isLetter))
            #expect(byte.isBlank == (character == " " || character == "\t"))
            #expect(
                byte.isJSONSpace
                    == (character.map { " \t\r\n".unicodeScalars.contains($0.unicodeScalars.first!) } ?? false)
            )
            #expect(byte.isPrintableASCII == (byte >= 32 && byte < 127))
            #expect(byte.isVisibleASCII == (byte > 32 && byte < 127))
            #expect(byte.hexDigit == character?.hexDigitValue)
            #expect(byte.asciiLowercased == (character?.lowercased().utf8.first ?? byte))
            #expect(byte.lowHexDigit == String(byte & 0xf, radix: 16).utf8.first)
        }
    }
}
