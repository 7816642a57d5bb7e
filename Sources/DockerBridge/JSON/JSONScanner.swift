/// A cursor over one JSON text in memory: reads what a caller asks for and validates what it skips (RFC 8259).
///
/// Never builds a tree and never allocates while skipping. The bytes must outlive the scanner.
package struct JSONScanner {
    /// Why a text is not what the caller expected. `offset` is the byte where it showed.
    package struct Failure: Error, Equatable {
        package let offset: Int
        package let reason: String
    }

    /// Nesting that is followed; deeper text is refused, so that no input can exhaust the stack or time.
    package static let maximumDepth = 512

    private let bytes: UnsafeRawBufferPointer
    package private(set) var offset: Int
    private var isFirstInObject = false

    package init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    // MARK: Reading

    /// Enters an object; members follow with `nextKey`.
    package mutating func beginObject() throws(Failure) {
        try self.expect(UInt8(ascii: "{"), "expected an object")
        self.isFirstInObject = true
    }

    /// The next member's name, with the cursor on its value; `nil` behind the closing brace.
    package mutating func nextKey() throws(Failure) -> JSONString? {
        self.skipWhitespace()
        if self.peek == UInt8(ascii: "}") {
            self.offset += 1
            self.isFirstInObject = false
            return nil
        }
        if !self.isFirstInObject {
            try self.expect(UInt8(ascii: ","), "expected ',' or '}'")
        }
        self.isFirstInObject = false
        let key = try self.string()
        try self.expect(UInt8(ascii: ":"), "expected ':'")
        self.skipWhitespace()
        return key
    }

    package mutating func string() throws(Failure) -> JSONString {
        try self.expect(UInt8(ascii: "\""), "expected a string")
        return try self.stringBody()
    }

    /// An integer given as a number or as a numeric string; `nil` for any other value, which is skipped.
    package mutating func integer() throws(Failure) -> Int? {
        let range = try self.skipValue()
        var text = UnsafeRawBufferPointer(rebasing: self.bytes[range])
        if text.first == UInt8(ascii: "\"") { text = UnsafeRawBufferPointer(rebasing: text[1..<(text.count - 1)]) }
        return Int(String(decoding: text, as: UTF8.self))
    }

    /// A string's text; `nil` for any other value, which is skipped.
    package mutating func text() throws(Failure) -> String? {
        self.skipWhitespace()
        guard self.peek == UInt8(ascii: "\"") else {
            _ = try self.skipValue()
            return nil
        }
        return try self.string().decoded
    }

    package mutating func bool() throws(Failure) -> Bool? {
        let range = try self.skipValue()
        switch self.bytes[range.lowerBound] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }

    /// The texts of an array of strings; `nil` when the value is anything else.
    package mutating func strings() throws(Failure) -> [String]? {
        let range = try self.skipValue()
        guard self.bytes[range.lowerBound] == UInt8(ascii: "[") else { return nil }
        var inner = Self(self.bytes, from: range.lowerBound + 1)
        var result: [String] = []
        while true {
            inner.skipWhitespace()
            switch inner.peek {
            case UInt8(ascii: "]"): return result
            case UInt8(ascii: ","): inner.offset += 1
            case UInt8(ascii: "\""): result.append(try inner.string().decoded)
            default: return nil
            }
        }
    }

    package mutating func skipWhitespace() {
        while self.offset < self.bytes.count {
            switch self.bytes[self.offset] {
            case 0x20, 0x0a, 0x0d, 0x09: self.offset += 1
            default: return
            }
        }
    }

    package var isAtEnd: Bool { self.offset >= self.bytes.count }

    /// The first byte of the value under the cursor.
    package var peek: UInt8? { self.offset < self.bytes.count ? self.bytes[self.offset] : nil }

    // MARK: Skipping

    /// Skips and fully validates one value; returns where it stands.
    package mutating func skipValue() throws(Failure) -> Range<Int> {
        self.skipWhitespace()
        let start = self.offset
        var nesting = Nesting()
        while true {
            try self.skipScalarOrOpen(&nesting)
            // Behind a value: close what ends here, or go on to the next member.
            while true {
                guard nesting.depth > 0 else { return start..<self.offset }
                self.skipWhitespace()
                let isObject = nesting.isObject
                guard let byte = self.peek else { throw self.failure("unexpected end") }
                if byte == UInt8(ascii: ",") {
                    self.offset += 1
                    if isObject { try self.skipKey() }
                    break
                }
                guard byte == UInt8(ascii: isObject ? "}" : "]") else {
                    throw self.failure("expected ',' or the end of the object or array")
                }
                self.offset += 1
                nesting.pop()
            }
        }
    }

    /// Skips a scalar or an empty container, or descends to the first value inside a container.
    private mutating func skipScalarOrOpen(_ nesting: inout Nesting) throws(Failure) {
        while true {
            self.skipWhitespace()
            guard let byte = self.peek else { throw self.failure("unexpected end") }
            switch byte {
            case UInt8(ascii: "\""):
                self.offset += 1
                _ = try self.stringBody()
                return
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = byte == UInt8(ascii: "{")
                guard nesting.push(isObject: isObject) else { throw self.failure("nested too deeply") }
                self.offset += 1
                self.skipWhitespace()
                if self.peek == UInt8(ascii: isObject ? "}" : "]") {
                    self.offset += 1
                    nesting.pop()
                    return
                }
                if isObject { try self.skipKey() }
            case UInt8(ascii: "t"): return try self.expectLiteral("true")
            case UInt8(ascii: "f"): return try self.expectLiteral("false")
            case UInt8(ascii: "n"): return try self.expectLiteral("null")
            default: return try self.skipNumber()
            }
        }
    }

    private mutating func skipKey() throws(Failure) {
        self.skipWhitespace()
        _ = try self.string()
        try self.expect(UInt8(ascii: ":"), "expected ':'")
    }

    private mutating func skipNumber() throws(Failure) {
        if self.peek == UInt8(ascii: "-") { self.offset += 1 }
        if self.peek == UInt8(ascii: "0") {
            self.offset += 1
        } else {
            try self.skipDigits()
        }
        if self.peek == UInt8(ascii: ".") {
            self.offset += 1
            try self.skipDigits()
        }
        if self.peek == UInt8(ascii: "e") || self.peek == UInt8(ascii: "E") {
            self.offset += 1
            if self.peek == UInt8(ascii: "+") || self.peek == UInt8(ascii: "-") { self.offset += 1 }
            try self.skipDigits()
        }
    }

    private mutating func skipDigits() throws(Failure) {
        let start = self.offset
        while let byte = self.peek, byte.isDigit { self.offset += 1 }
        guard self.offset > start else { throw self.failure("not a JSON value") }
    }

    private mutating func expectLiteral(_ literal: StaticString) throws(Failure) {
        let end = self.offset + literal.utf8CodeUnitCount
        guard end <= self.bytes.count,
            literal.withUTF8Buffer({ self.bytes[self.offset..<end].elementsEqual($0) })
        else { throw self.failure("not a JSON value") }
        self.offset = end
    }

    private mutating func expect(_ byte: UInt8, _ reason: String) throws(Failure) {
        self.skipWhitespace()
        guard self.peek == byte else { throw self.failure(reason) }
        self.offset += 1
    }

    private func failure(_ reason: String) -> Failure {
        Failure(offset: self.offset, reason: reason)
    }

    // MARK: Strings

    /// The cursor is behind the opening quote.
    private mutating func stringBody() throws(Failure) -> JSONString {
        let start = self.offset
        var hasEscapes = false
        while true {
            self.offset = self.bytes.firstSpecialInString(from: self.offset)
            guard let byte = self.peek else { throw self.failure("string without an end") }
            switch byte {
            case UInt8(ascii: "\""):
                let text = UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.offset])
                self.offset += 1
                return JSONString(text: text, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try self.skipEscape()
            default:
                throw self.failure("control character in a string")
            }
        }
    }

    private mutating func skipEscape() throws(Failure) {
        guard self.offset + 1 < self.bytes.count else { throw self.failure("string without an end") }
        switch self.bytes[self.offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.offset += 2
        case UInt8(ascii: "u"):
            guard self.offset + 6 <= self.bytes.count,
                self.bytes[(self.offset + 2)..<(self.offset + 6)].allSatisfy({ $0.hexDigit != nil })
            else { throw self.failure("bad \\u escape") }
            self.offset += 6
        default:
            throw self.failure("unknown escape")
        }
    }
}

/// Which containers are open: one bit for each, set for an object.
private struct Nesting {
    private var bits: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
    private(set) var depth = 0

    mutating func push(isObject: Bool) -> Bool {
        guard self.depth < JSONScanner.maximumDepth else { return false }
        let depth = self.depth
        withUnsafeMutableBytes(of: &self.bits) { raw in
            let words = raw.assumingMemoryBound(to: UInt64.self)
            let bit = UInt64(1) << UInt64(depth % 64)
            words[depth / 64] = isObject ? words[depth / 64] | bit : words[depth / 64] & ~bit
        }
        self.depth += 1
        return true
    }

    mutating func pop() {
        self.depth -= 1
    }

    var isObject: Bool {
        let top = self.depth - 1
        return withUnsafeBytes(of: self.bits) { raw in
            raw.assumingMemoryBound(to: UInt64.self)[top / 64] >> UInt64(top % 64) & 1 == 1
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The first quote, backslash or control character at or behind `start`; the end when there is none.
    ///
    /// Eight bytes at a time: the classic test for "some byte below n" and "some byte equal to b" in a word.
    func firstSpecialInString(from start: Int) -> Int {
        var index = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while index + 8 <= self.count {
            let word = self.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5c)
            let hits =
                ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            // A borrow can fake a hit only above a true one, so the true one is in this word.
            if hits & highs != 0 { break }
            index += 8
        }
        while index < self.count {
            let byte = self[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5c { return index }
            index += 1
        }
        return index
    }
}
