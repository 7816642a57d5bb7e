import Base

/// Reads JSON text strictly, into a tree that is read leniently.
///
/// A reader of our own because this module may import nothing: an inspect document comes from a file that anybody
/// may have written, so depth is bounded and invalid UTF-8 is refused.
struct JSONReader {
    /// Levels of arrays and objects. An engine's documents have fewer than ten.
    static let deepest = 128

    let bytes: ArraySlice<UInt8>
    private(set) var index: Int
    private var depth = 0
    private var valuesLeft: Int

    static func read(_ bytes: ArraySlice<UInt8>, maximumValues: Int) throws(JSONFault) -> JSONNode {
        var reader = JSONReader(bytes, maximumValues: maximumValues)
        reader.skipSpace()
        let value = try reader.value()
        reader.skipSpace()
        if reader.peek != nil { throw reader.fault("there is something after the value") }
        return value
    }

    init(_ bytes: ArraySlice<UInt8>, maximumValues: Int = .max) {
        self.bytes = bytes
        self.valuesLeft = maximumValues
        self.index = bytes.startIndex
    }

    var peek: UInt8? { self.index < self.bytes.endIndex ? self.bytes[self.index] : nil }

    mutating func advance(by count: Int = 1) {
        self.index += count
    }

    func fault(_ reason: String) -> JSONFault {
        JSONFault(offset: self.index - self.bytes.startIndex, reason: reason)
    }

    mutating func skipSpace() {
        while let byte = self.peek, byte.isJSONSpace { self.advance() }
    }

    mutating func value() throws(JSONFault) -> JSONNode {
        guard let first = self.peek else { throw self.fault("it ends where a value should be") }
        self.valuesLeft -= 1
        if self.valuesLeft < 0 { throw self.fault("it holds more values than are read") }
        switch first {
        case UInt8(ascii: "{"): return try self.nested { reader throws(JSONFault) in try reader.object() }
        case UInt8(ascii: "["): return try self.nested { reader throws(JSONFault) in try reader.array() }
        case UInt8(ascii: "\""): return .text(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try self.number())
        default: throw self.fault("there is no value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONReader) throws(JSONFault) -> JSONNode
    ) throws(JSONFault) -> JSONNode {
        guard self.depth < Self.deepest else { throw self.fault("it is nested deeper than \(Self.deepest) levels") }
        self.depth += 1
        self.advance()
        self.skipSpace()
        let value = try body(&self)
        self.depth -= 1
        return value
    }

    private mutating func object() throws(JSONFault) -> JSONNode {
        var members: [JSONNode.Member] = []
        if self.take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            self.skipSpace()
            guard self.peek == UInt8(ascii: "\"") else { throw self.fault("there is no member name") }
            let name = try self.string()
            self.skipSpace()
            guard self.take(UInt8(ascii: ":")) else { throw self.fault("there is no colon after a member name") }
            self.skipSpace()
            members.append(JSONNode.Member(name, try self.value()))
            self.skipSpace()
        } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "}")) else { throw self.fault("an object does not end") }
        return .object(members)
    }

    private mutating func array() throws(JSONFault) -> JSONNode {
        var elements: [JSONNode] = []
        if self.take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            self.skipSpace()
            elements.append(try self.value())
            self.skipSpace()
        } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "]")) else { throw self.fault("an array does not end") }
        return .array(elements)
    }

    private mutating func word(_ word: StaticString, _ value: JSONNode) throws(JSONFault) -> JSONNode {
        let length = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { self.bytes[self.index...].prefix(length).elementsEqual($0) }
        guard matches else { throw self.fault("there is no value") }
        self.advance(by: length)
        return value
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.advance()
        return true
    }

    // MARK: Numbers

    private mutating func number() throws(JSONFault) -> Double {
        let start = self.index
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) { try self.digits() }
        if self.take(UInt8(ascii: ".")) { try self.digits() }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            if !self.take(UInt8(ascii: "+")) { _ = self.take(UInt8(ascii: "-")) }
            try self.digits()
        }
        guard let number = Double(String(decoding: self.bytes[start..<self.index], as: UTF8.self)) else {
            preconditionFailure("the grammar of a JSON number is a part of Swift's")
        }
        return number
    }

    private mutating func digits() throws(JSONFault) {
        guard let first = self.peek, first.isDigit else { throw self.fault("a digit is missing") }
        while let byte = self.peek, byte.isDigit { self.advance() }
    }
}

extension UInt8 {
    var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
