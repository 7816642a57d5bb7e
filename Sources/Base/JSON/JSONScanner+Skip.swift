extension JSONScanner {
    /// Passes over one value of any kind and checks every byte of it.
    /// - Returns: where it stands in `bytes`, without the whitespace around it.
    package mutating func skipValue() throws(JSONError) -> Range<Int> {
        self.skipWhitespace()
        let start = self.offset
        var nesting = JSONNesting()
        repeat {
            try self.skipStart(&nesting)
        } while try self.skipEnd(&nesting)
        return start..<self.offset
    }

    /// Passes over a scalar, or over the opening of an object or array up to its first value.
    @inline(__always)
    private mutating func skipStart(_ nesting: inout JSONNesting) throws(JSONError) {
        while true {
            self.skipWhitespace()
            guard self.offset < self.bytes.count else { throw self.error(.cut) }
            switch self.bytes[self.offset] {
            case UInt8(ascii: "\""):
                self.offset &+= 1
                _ = try self.skipString()
                return
            case UInt8(ascii: "{"):
                guard nesting.push(isObject: true) else { throw self.error(.tooDeep) }
                self.offset &+= 1
                self.skipWhitespace()
                if self.offset < self.bytes.count, self.bytes[self.offset] == UInt8(ascii: "}") { return }
                _ = try self.skipKey()
            case UInt8(ascii: "["):
                guard nesting.push(isObject: false) else { throw self.error(.tooDeep) }
                self.offset &+= 1
                self.skipWhitespace()
                if self.offset < self.bytes.count, self.bytes[self.offset] == UInt8(ascii: "]") { return }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.skipNumber()
            case UInt8(ascii: "t"): return try self.skip("true")
            case UInt8(ascii: "f"): return try self.skip("false")
            case UInt8(ascii: "n"): return try self.skip("null")
            default: throw self.error(.noValue)
            }
        }
    }

    /// Passes over closing brackets and one comma with the key that may follow.
    /// - Returns: whether another value must come; false when the outermost one is complete.
    @inline(__always)
    private mutating func skipEnd(_ nesting: inout JSONNesting) throws(JSONError) -> Bool {
        while nesting.depth > 0 {
            self.skipWhitespace()
            guard self.offset < self.bytes.count else { throw self.error(.cut) }
            let byte = self.bytes[self.offset]
            if byte == UInt8(ascii: ",") {
                self.offset &+= 1
                if nesting.isObject { _ = try self.skipKey() }
                return true
            }
            guard byte == (nesting.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw self.error(.noComma) }
            self.offset &+= 1
            nesting.pop()
        }
        return false
    }

    /// Passes over a key and its colon.
    @inline(__always)
    mutating func skipKey() throws(JSONError) -> JSONString {
        self.skipWhitespace()
        guard self.offset < self.bytes.count else { throw self.error(.cut) }
        guard self.bytes[self.offset] == UInt8(ascii: "\"") else { throw self.error(.noKey) }
        self.offset &+= 1
        let key = try self.skipString()
        self.skipWhitespace()
        guard self.offset < self.bytes.count else { throw self.error(.cut) }
        guard self.bytes[self.offset] == UInt8(ascii: ":") else { throw self.error(.noColon) }
        self.offset &+= 1
        return key
    }

    /// Passes over a string whose opening quote has been passed.
    @inline(__always)
    mutating func skipString() throws(JSONError) -> JSONString {
        let start = self.offset
        var hasEscapes = false
        while true {
            if self.bytes.count &- self.offset >= 8 {
                let word = UInt64(littleEndian: self.bytes.loadUnaligned(fromByteOffset: self.offset, as: UInt64.self))
                let marks = JSONText.marks(in: word)
                if marks == 0 {
                    self.offset &+= 8
                    continue
                }
                self.offset &+= marks.trailingZeroBitCount &>> 3
            }
            guard self.offset < self.bytes.count else { throw self.error(.cut) }
            switch self.bytes[self.offset] {
            case UInt8(ascii: "\""):
                let string = JSONString(in: self.bytes, start..<self.offset, hasEscapes: hasEscapes)
                self.offset &+= 1
                return string
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try self.skipEscape()
            case 0..<0x20:
                throw self.error(.controlCharacter)
            case 0x80...:
                guard case .valid(let count) = UTF8Check.sequence(in: self.bytes, at: self.offset) else {
                    throw self.error(.badUTF8)
                }
                self.offset &+= count
            default:
                self.offset &+= 1
            }
        }
    }

    private mutating func skipEscape() throws(JSONError) {
        guard self.offset + 1 < self.bytes.count else { throw self.error(.cut) }
        switch self.bytes[self.offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.offset += 2
        case UInt8(ascii: "u"):
            for index in 2..<6 {
                guard self.offset + index < self.bytes.count else { throw self.error(.cut) }
                switch self.bytes[self.offset + index] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"),
                    UInt8(ascii: "a")...UInt8(ascii: "f"):
                    continue
                default:
                    throw self.error(.badEscape)
                }
            }
            self.offset += 6
        default:
            throw self.error(.badEscape)
        }
    }

    private mutating func skipNumber() throws(JSONError) {
        _ = self.take(UInt8(ascii: "-"))
        // A zero stands alone: a digit behind it is left over and refused by the caller, which looks for a comma.
        if !self.take(UInt8(ascii: "0")) { try self.skipDigits() }
        if self.take(UInt8(ascii: ".")) { try self.skipDigits() }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            if !self.take(UInt8(ascii: "-")) { _ = self.take(UInt8(ascii: "+")) }
            try self.skipDigits()
        }
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = self.offset
        while self.offset < self.bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= self.bytes[self.offset] {
            self.offset += 1
        }
        if self.offset == start { throw self.error(self.offset < self.bytes.count ? .badNumber : .cut) }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.offset < self.bytes.count, self.bytes[self.offset] == byte else { return false }
        self.offset += 1
        return true
    }

    private mutating func skip(_ literal: StaticString) throws(JSONError) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard self.offset + index < self.bytes.count else { throw self.error(.cut) }
            guard self.bytes[self.offset + index] == literal.utf8Start[index] else { throw self.error(.badLiteral) }
        }
        self.offset += literal.utf8CodeUnitCount
    }

    @inline(__always)
    package mutating func skipWhitespace() {
        while self.offset < self.bytes.count {
            let byte = self.bytes[self.offset]
            // Nearly always the first comparison decides.
            guard byte <= 0x20, byte.isJSONSpace else { return }
            self.offset &+= 1
        }
    }

    func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason, at: self.offset)
    }
}
