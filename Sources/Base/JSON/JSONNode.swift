/// A JSON value with lenient access: what is missing, `null` or of another type is absent.
package enum JSONNode: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case array([JSONNode])
    /// In the order of the text; a repeated name is kept, and the last one counts.
    case object([Member])

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
