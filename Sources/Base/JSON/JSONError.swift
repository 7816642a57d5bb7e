/// Why some bytes are not JSON, and where.
package struct JSONError: Error, Equatable {
    package enum Reason: String {
        case cut = "the text ends in the middle of a value"
        case noValue = "a value was expected"
        case badLiteral = "a word that is not true, false or null"
        case badNumber = "a malformed number"
        case controlCharacter = "a control character that is not escaped"
        case badEscape = "an unknown escape sequence"
        case badUTF8 = "a string that is not valid UTF-8"
        case tooDeep = "too many values inside each other"
        case tooMany = "more values than are read"
        case noKey = "the key of an object was expected"
        case noColon = "a colon was expected after the key"
        case noComma = "a comma or the closing bracket was expected"
        case trailingBytes = "more bytes after the end of the value"
    }

    package let reason: Reason
    /// Bytes from the start of the text.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        "invalid JSON at byte \(self.offset): \(self.reason.rawValue)"
    }
}
