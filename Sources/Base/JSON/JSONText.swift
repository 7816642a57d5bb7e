/// Facts about a JSON text as a whole.
package enum JSONText {
    /// The six kinds of JSON values.
    package enum Kind: Equatable, Sendable {
        case object
        case array
        case string
        case number
        case bool
        case null
    }

    /// Kind of the one value that `bytes` is, or nil if they are anything else than one complete, valid JSON value in
    /// valid UTF-8 (whitespace around it allowed). Decides whether a body can be spliced into a frame as it stands.
    package static func validate(_ bytes: UnsafeRawBufferPointer) -> Kind? {
        var scanner = JSONScanner(bytes)
        let kind = scanner.nextKind()
        do throws(JSONError) {
            _ = try scanner.skipValue()
            try scanner.end()
            return kind
        } catch {
            return nil
        }
    }

    /// Looks at eight bytes of a string at once for those that mean something: quote, backslash, control characters, and
    /// everything outside ASCII.
    ///
    /// - Parameter word: the bytes, first one lowest.
    /// - Returns: the high bit of each such byte. Right up to the first one only: the subtractions may borrow behind it.
    @inline(__always)
    static func marks(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let controls = word &- 0x2020_2020_2020_2020
        let quotes = (word ^ 0x2222_2222_2222_2222) &- ones
        let backslashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- ones
        return (controls | quotes | backslashes | word) & 0x8080_8080_8080_8080
    }

    /// How many bytes `text`, which is UTF-8, takes inside a JSON string.
    package static func escapedByteCount(_ text: UnsafeRawBufferPointer) -> Int {
        var count = text.count
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: count += 1
            case 0..<0x20: count += 5
            default: break
            }
        }
        return count
    }
}

/// Why some bytes are not JSON, and where.
package struct JSONError: Error, Equatable {
    /// What is wrong with a text, as a sentence's end.
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
