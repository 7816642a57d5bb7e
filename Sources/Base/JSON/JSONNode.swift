/// A JSON value with lenient access: what is missing, `null` or of another type is absent.
package enum JSONNode: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case array([JSONNode])
    /// In the order of the text; a repeated name is kept, and the last one counts.
    case object([Member])

    /// A name and its value, in an object.
    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: JSONNode

        package init(_ name: String, _ value: JSONNode) {
            self.name = name
            self.value = value
        }
    }
}

extension JSONNode {
    /// The member of that name, `nil` when it is missing or `null`.
    package subscript(_ name: String) -> JSONNode? {
        guard case .object(let members) = self else { return nil }
        let value = members.last { $0.name == name }?.value
        return value == .null ? nil : value
    }

    package var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    package var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var isObject: Bool {
        guard case .object = self else { return false }
        return true
    }

    /// The elements; none for anything but an array.
    package var elements: [JSONNode] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The members; none for anything but an object.
    package var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// Those elements of an array that are texts.
    package var texts: [String] { self.elements.compactMap(\.text) }

    /// For sentences such as "is a number".
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .text: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONNode? {
    /// One level further down, for `document["HostConfig"]["Binds"]`.
    package subscript(_ name: String) -> JSONNode? { self.flatMap { $0[name] } }
}

/// Builds the tree of a JSON text with the scanner, so that both read the same texts and no others.
struct JSONTree {
    /// Levels of arrays and objects: fewer than the scanner passes over, because a tree is built and freed one stack frame per
    /// level. An engine's documents have fewer than ten.
    static let maximumDepth = 128

    private var valuesLeft: Int

    init(maximumValues: Int) {
        self.valuesLeft = maximumValues
    }

    mutating func read(_ scanner: inout JSONScanner, depth: Int = 0) throws(JSONError) -> JSONNode {
        self.valuesLeft -= 1
        switch scanner.nextKind() {
        case _ where self.valuesLeft < 0: throw scanner.error(.tooMany)
        case .object, .array:
            guard depth < Self.maximumDepth else { throw scanner.error(.tooDeep) }
            return try self.readContainer(&scanner, depth: depth + 1)
        case .string: return .text(try scanner.readString()?.decoded ?? "")
        case .number: return .number(try scanner.readNumber() ?? 0)
        case .bool: return .bool(try scanner.readBool() ?? false)
        case .null, nil:
            _ = try scanner.skipValue()
            return .null
        }
    }

    private mutating func readContainer(_ scanner: inout JSONScanner, depth: Int) throws(JSONError) -> JSONNode {
        if scanner.nextKind() == .array {
            var elements: [JSONNode] = []
            _ = try scanner.beginArray()
            while try scanner.nextElement() { elements.append(try self.read(&scanner, depth: depth)) }
            return .array(elements)
        }
        var members: [JSONNode.Member] = []
        _ = try scanner.beginObject()
        while let name = try scanner.nextKey()?.decoded {
            members.append(JSONNode.Member(name, try self.read(&scanner, depth: depth)))
        }
        return .object(members)
    }
}

extension JSONNode {
    /// Reads exactly one value; nothing but white space may surround it.
    ///
    /// - Parameter maximumValues: counting lists and all that is in them.
    package init(parsing bytes: [UInt8], maximumValues: Int = .max) throws(JSONError) {
        var end = 0
        self = try Self.first(in: bytes, from: &end, maximumValues: maximumValues)
        try bytes.withJSONScanner(at: end) { scanner throws(JSONError) in try scanner.end() }
    }

    /// Reads the value at `offset`, which then is behind it.
    package static func first(
        in bytes: [UInt8],
        from offset: inout Int,
        maximumValues: Int = .max
    ) throws(JSONError) -> JSONNode {
        var tree = JSONTree(maximumValues: maximumValues)
        let (node, end) = try bytes.withJSONScanner(at: offset) { scanner throws(JSONError) in
            (try tree.read(&scanner), scanner.offset)
        }
        offset = end
        return node
    }
}

extension [UInt8] {
    /// - Parameter offset: where in the bytes the scanner begins; it counts from their start.
    package func withJSONScanner<R>(
        at offset: Int = 0,
        _ body: (inout JSONScanner) throws(JSONError) -> R
    ) throws(JSONError) -> R {
        try self.withUnsafeBufferPointer { buffer throws(JSONError) in
            var scanner = JSONScanner(UnsafeRawBufferPointer(buffer))
            scanner.offset = offset
            return try body(&scanner)
        }
    }
}
