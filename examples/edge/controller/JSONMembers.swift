import FoundationEssentials
import NIOCore

/// The text is not the JSON that its place asks for.
struct MalformedJSON: Error {}

/// The members of one JSON object, found but not decoded, so that a value can be passed on as exactly the bytes it is.
///
/// Nested values are measured, not checked: only what is asked for is ever decoded. Of members with the same name the
/// last one counts.
struct JSONMembers {
    /// The object as it came.
    let text: ByteBuffer
    private let ranges: [String: Range<Int>]

    init(object text: ByteBuffer) throws(MalformedJSON) {
        self.text = text
        let ranges = text.withUnsafeReadableBytes { bytes in
            var cursor = JSONCursor(bytes: bytes)
            return cursor.objectMembers()
        }
        guard let ranges else { throw MalformedJSON() }
        self.ranges = ranges
    }

    /// Whether `text` is one complete JSON value, checked to the last byte.
    static func isOneValue(_ text: ByteBuffer) -> Bool {
        (try? JSONDecoder().decode(AnyValue.self, from: Data(text.readableBytesView))) != nil
    }

    /// The bytes of a value as they stand in the text; `nil` if the member is absent or `null`.
    func raw(_ name: String) -> ByteBuffer? {
        guard let range = self.ranges[name] else { return nil }
        let value = self.text.getSlice(at: self.text.readerIndex + range.lowerBound, length: range.count)
        return value.flatMap { $0.readableBytesView.elementsEqual("null".utf8) ? nil : $0 }
    }

    /// Whether the member is there, as any value but `null`.
    func contains(_ name: String) -> Bool { self.raw(name) != nil }

    func decoded<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) -> Value? {
        self.raw(name).flatMap { try? JSONDecoder().decode(type, from: Data($0.readableBytesView)) }
    }

    func string(_ name: String) -> String? {
        guard let raw = self.raw(name), raw.getInteger(at: raw.readerIndex) == UInt8(ascii: "\"") else { return nil }
        let inner = raw.getSlice(at: raw.readerIndex + 1, length: raw.readableBytes - 2)!
        if !inner.readableBytesView.contains(UInt8(ascii: "\\")) {
            return String(validating: inner.readableBytesView, as: UTF8.self)
        }
        return self.decoded(name)
    }

    /// Bytes in base64, of either alphabet, padded or not.
    func base64(_ name: String) -> ByteBuffer? {
        guard let text = self.string(name) else { return nil }
        if let data = Data(base64Encoded: text) { return ByteBuffer(bytes: data) }
        let standard = text.replacing("-", with: "+").replacing("_", with: "/").replacing("=", with: "")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard + padding).map { ByteBuffer(bytes: $0) }
    }

    func object(_ name: String) -> JSONMembers? {
        self.raw(name).flatMap { try? JSONMembers(object: $0) }
    }

    /// The elements of an array as the bytes they are; none if it is no array.
    func elements(_ name: String) -> [ByteBuffer] {
        guard let raw = self.raw(name) else { return [] }
        let ranges = raw.withUnsafeReadableBytes { bytes in
            var cursor = JSONCursor(bytes: bytes)
            return cursor.arrayElements()
        }
        return (ranges ?? []).map { raw.getSlice(at: raw.readerIndex + $0.lowerBound, length: $0.count)! }
    }

    /// A header map: strings, numbers and booleans as text, arrays joined, nulls left out.
    func headers(_ name: String) -> [(name: String, value: String)] {
        guard let object = self.object(name) else { return [] }
        return object.ranges.keys.sorted().compactMap { key in
            if let text = object.string(key) { return (key, text) }
            if let list = object.decoded(key, as: [String].self) { return (key, list.joined(separator: ", ")) }
            return object.raw(key).map { (key, String(buffer: $0)) }
        }
    }
}

/// Accepts any value; the decoder has checked the whole text before it asks.
private struct AnyValue: Decodable {
    init(from decoder: any Decoder) {}
}
