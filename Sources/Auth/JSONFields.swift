import Base

/// Reads one JSON object strictly (RFC 8259) and keeps its top-level fields; nested values are checked and dropped.
///
/// Enough for an enrollment body and an audit line, without Foundation. The last of several equal names wins.
struct JSONFields {
    enum Value: Hashable {
        case text(String)
        case number(String)
        /// `true`, `false`, `null`, an array or an object.
        case other
    }

    /// Deeper nesting is refused, so that a hostile body cannot exhaust the stack.
    static let maxDepth = 32

    private(set) var fields: [String: Value] = [:]

    /// `nil` if the bytes are not exactly one JSON object.
    init?(_ bytes: Span<UInt8>) {
        var scanner = JSONScanner()
        do throws(JSONScanner.Malformed) {
            var fields: [String: Value] = [:]
            try scanner.object(bytes, depth: 0) { fields[$0] = $1 }
            try scanner.end(bytes)
            self.fields = fields
        } catch {
            return nil
        }
    }

    func text(_ name: String) -> String? {
        guard case .text(let text)? = self.fields[name] else { return nil }
        return text
    }

    func integer(_ name: String) -> Int? {
        guard case .number(let text)? = self.fields[name] else { return nil }
        return Int(text)
    }
}

private struct JSONScanner {
    struct Malformed: Error {}

    private var position = 0

    mutating func object(
        _ bytes: Span<UInt8>,
        depth: Int,
        field: (String, JSONFields.Value) -> Void
    ) throws(Malformed) {
        try self.expect("{", bytes)
        guard !self.skip("}", bytes) else { return }
        repeat {
            let name = try self.string(bytes)
            try self.expect(":", bytes)
            field(name, try self.value(bytes, depth: depth + 1))
        } while self.skip(",", bytes)
        try self.expect("}", bytes)
    }

    mutating func end(_ bytes: Span<UInt8>) throws(Malformed) {
        guard self.peek(bytes) == nil else { throw Malformed() }
    }

    private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(Malformed) -> JSONFields.Value {
        guard depth <= JSONFields.maxDepth, let first = self.peek(bytes) else { throw Malformed() }
        switch first {
        case UInt8(ascii: "\""):
            return .text(try self.string(bytes))
        case UInt8(ascii: "{"):
            try self.object(bytes, depth: depth) { _, _ in }
        case UInt8(ascii: "["):
            try self.array(bytes, depth: depth)
        case UInt8(ascii: "t"):
            try self.word("true", bytes)
        case UInt8(ascii: "f"):
            try self.word("false", bytes)
        case UInt8(ascii: "n"):
            try self.word("null", bytes)
        default:
            return .number(try self.number(bytes))
        }
        return .other
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(Malformed) {
        try self.expect("[", bytes)
        guard !self.skip("]", bytes) else { return }
        repeat {
            _ = try self.value(bytes, depth: depth + 1)
        } while self.skip(",", bytes)
        try self.expect("]", bytes)
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(Malformed) -> String {
        try self.expect("\"", bytes)
        var text: [UInt8] = []
        while self.position < bytes.count {
            let byte = bytes[self.position]
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else { throw Malformed() }
                return text
            case UInt8(ascii: "\\"):
                try self.escape(bytes, into: &text)
            case 0..<0x20:
                throw Malformed()
            default:
                text.append(byte)
            }
        }
        throw Malformed()
    }

    private mutating func escape(_ bytes: Span<UInt8>, into text: inout [UInt8]) throws(Malformed) {
        guard self.position < bytes.count else { throw Malformed() }
        let byte = bytes[self.position]
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try self.codeUnit(bytes)
            if UTF16.isLeadSurrogate(UInt16(unit)) {
                guard self.position + 1 < bytes.count, bytes[self.position] == UInt8(ascii: "\\"),
                    bytes[self.position + 1] == UInt8(ascii: "u")
                else { throw Malformed() }
                self.position += 2
                let trail = try self.codeUnit(bytes)
                guard UTF16.isTrailSurrogate(UInt16(trail)) else { throw Malformed() }
                unit = 0x10000 + (unit - 0xd800) << 10 + (trail - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw Malformed() }
            text.append(contentsOf: Array(String(scalar).utf8))
        default: throw Malformed()
        }
    }

    private mutating func codeUnit(_ bytes: Span<UInt8>) throws(Malformed) -> UInt32 {
        guard self.position + 4 <= bytes.count else { throw Malformed() }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[self.position])).hexDigitValue else { throw Malformed() }
            unit = unit << 4 | UInt32(digit)
            self.position += 1
        }
        return unit
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(Malformed) -> String {
        let start = self.position
        if self.current(bytes) == UInt8(ascii: "-") { self.position += 1 }
        if self.current(bytes) == UInt8(ascii: "0") {
            self.position += 1
        } else {
            try self.digits(bytes)
        }
        if self.current(bytes) == UInt8(ascii: ".") {
            self.position += 1
            try self.digits(bytes)
        }
        if let mark = self.current(bytes), mark | 0x20 == UInt8(ascii: "e") {
            self.position += 1
            if let sign = self.current(bytes), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                self.position += 1
            }
            try self.digits(bytes)
        }
        return String(decoding: [UInt8](copying: bytes.extracting(start..<self.position)), as: UTF8.self)
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(Malformed) {
        let start = self.position
        while let byte = self.current(bytes), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            self.position += 1
        }
        guard self.position > start else { throw Malformed() }
    }

    private mutating func word(_ word: StaticString, _ bytes: Span<UInt8>) throws(Malformed) {
        for scalar in word.description.unicodeScalars {
            guard self.current(bytes) == UInt8(ascii: scalar) else { throw Malformed() }
            self.position += 1
        }
    }

    private func current(_ bytes: Span<UInt8>) -> UInt8? {
        self.position < bytes.count ? bytes[self.position] : nil
    }

    /// The next byte that is not white space.
    private mutating func peek(_ bytes: Span<UInt8>) -> UInt8? {
        while let byte = self.current(bytes), byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
            self.position += 1
        }
        return self.current(bytes)
    }

    private mutating func skip(_ mark: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
        guard self.peek(bytes) == UInt8(ascii: mark) else { return false }
        self.position += 1
        return true
    }

    private mutating func expect(_ mark: Unicode.Scalar, _ bytes: Span<UInt8>) throws(Malformed) {
        guard self.skip(mark, bytes) else { throw Malformed() }
    }
}
