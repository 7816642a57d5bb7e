/// Walks over JSON text without building anything but the positions of one object's members, or one array's elements.
struct JSONCursor {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The members of the object that the text consists of; `nil` if it is anything else.
    mutating func objectMembers() -> [String: Range<Int>]? {
        var members: [String: Range<Int>] = [:]
        guard self.take("{") else { return nil }
        if self.take("}") { return self.isAtEnd() ? members : nil }
        repeat {
            self.skipSpace()
            guard let name = self.skipString(), self.take(":") else { return nil }
            self.skipSpace()
            guard let value = self.skipValue() else { return nil }
            members[Self.decode(self.bytes[name])] = value
        } while self.take(",")
        return self.take("}") && self.isAtEnd() ? members : nil
    }

    /// The elements of the array that the text consists of; `nil` if it is anything else.
    mutating func arrayElements() -> [Range<Int>]? {
        var elements: [Range<Int>] = []
        guard self.take("[") else { return nil }
        if self.take("]") { return self.isAtEnd() ? elements : nil }
        repeat {
            self.skipSpace()
            guard let value = self.skipValue() else { return nil }
            elements.append(value)
        } while self.take(",")
        return self.take("]") && self.isAtEnd() ? elements : nil
    }

    private var next: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func isAtEnd() -> Bool {
        self.skipSpace()
        return self.next == nil
    }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            self.position += 1
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        self.skipSpace()
        guard self.next == UInt8(ascii: character) else { return false }
        self.position += 1
        return true
    }

    /// The range of the string's quotes and what is between them.
    private mutating func skipString() -> Range<Int>? {
        guard self.next == UInt8(ascii: "\"") else { return nil }
        let start = self.position
        self.position += 1
        while let byte = self.next {
            self.position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return start..<self.position }
        }
        return nil
    }

    private mutating func skipValue() -> Range<Int>? {
        let start = self.position
        switch self.next {
        case UInt8(ascii: "\""): return self.skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): return self.skipNested()
        default:
            while let byte = self.next, Self.isScalarByte(byte) {
                self.position += 1
            }
            return self.position > start ? start..<self.position : nil
        }
    }

    // Counts brackets instead of recursing, so that deep nesting cannot exhaust the stack.
    private mutating func skipNested() -> Range<Int>? {
        let start = self.position
        var depth = 0
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "\""):
                guard self.skipString() != nil else { return nil }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            self.position += 1
            if depth == 0 { return start..<self.position }
        }
        return nil
    }

    private static func isScalarByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"): true
        default: false
        }
    }

    // No member that the protocol knows is written with escapes, so an escaped name need not be understood.
    private static func decode(_ quoted: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }
}
