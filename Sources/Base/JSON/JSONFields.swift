/// The top-level fields of one JSON object that decides about access: an enrollment body, a line of the audit trail.
///
/// Stricter than the scanner it is read with: the bytes are one object and nothing else, and no text holds half of a surrogate
/// pair. Nested values are checked and dropped. The last of several equal names wins.
package struct JSONFields {
    /// A member's value, of which texts and numbers are kept.
    package enum Value: Hashable {
        case text(String)
        case number(String)
        /// `true`, `false`, `null`, an array or an object.
        case other
    }

    package private(set) var fields: [String: Value] = [:]

    /// `nil` if the bytes are not exactly one JSON object.
    package init?(_ bytes: Span<UInt8>) {
        let fields = bytes.withUnsafeBytes { bytes -> [String: Value]? in
            do throws(JSONError) {
                return try Self.read(bytes)
            } catch {
                return nil
            }
        }
        guard let fields else { return nil }
        self.fields = fields
    }

    package func text(_ name: String) -> String? {
        guard case .text(let text)? = self.fields[name] else { return nil }
        return text
    }

    package func integer(_ name: String) -> Int? {
        guard case .number(let text)? = self.fields[name] else { return nil }
        return Int(text)
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> [String: Value]? {
        var scanner = JSONScanner(bytes)
        guard try scanner.beginObject() else { return nil }
        var fields: [String: Value] = [:]
        while let key = try scanner.nextKey() {
            guard let name = key.strictlyDecoded else { return nil }
            switch scanner.nextKind() {
            case .string:
                guard let text = try scanner.readString()?.strictlyDecoded else { return nil }
                fields[name] = .text(text)
            case .number:
                fields[name] = .number(String(decoding: bytes[try scanner.skipValue()], as: UTF8.self))
            case .object, .array, .bool, .null, nil:
                _ = try scanner.skipValue()
                fields[name] = .other
            }
        }
        try scanner.end()
        return fields
    }
}
