import Base
import NIOCore

/// Status and end-to-end header fields of an engine's response.
///
/// The fields are ranges into the bytes that came off the socket, so a head costs one small array however many
/// fields it has. Hop-by-hop fields, those named by `Connection` included, are already gone.
package struct ResponseHead: Sendable {
    package let status: Int
    /// Names the protocol that a 101 switched to.
    package let upgrade: String?
    package let fields: Fields
    /// What `Content-Length` announces; `nil` when there is none.
    package let contentLength: Int?

    package struct Fields: Sendable {
        let text: ByteBuffer
        let ranges: [Range]

        struct Range: Sendable {
            var nameStart: UInt32
            var nameEnd: UInt32
            var valueStart: UInt32
            var valueEnd: UInt32
        }
    }

    package init(status: Int, fields: Fields, upgrade: String? = nil, contentLength: Int? = nil) {
        self.status = status
        self.fields = fields
        self.upgrade = upgrade
        self.contentLength = contentLength
    }
}

extension ResponseHead.Fields {
    package static let none = Self(text: ByteBuffer(), ranges: [])

    /// With one field more, of ours.
    func adding(_ name: String, _ value: String) -> Self {
        var text = self.text
        let start = UInt32(text.readableBytes)
        text.writeString(name)
        text.writeString(value)
        let nameEnd = start + UInt32(name.utf8.count)
        let range = Range(
            nameStart: start,
            nameEnd: nameEnd,
            valueStart: nameEnd,
            valueEnd: nameEnd + UInt32(value.utf8.count)
        )
        return Self(text: text, ranges: self.ranges + [range])
    }

    /// Calls `body` once for every name, in the order they came, with repeated values joined by `, `.
    /// The pointers live only that long.
    package func forEachJoined(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        self.text.withUnsafeReadableBytes { bytes in
            for (index, range) in self.ranges.enumerated() {
                let name = range.name(in: bytes)
                if self.ranges[..<index].contains(where: { $0.name(in: bytes).equalsIgnoringCase(name) }) { continue }
                let repeats = self.ranges[(index + 1)...].filter { $0.name(in: bytes).equalsIgnoringCase(name) }
                if repeats.isEmpty {
                    body(name, range.value(in: bytes))
                } else {
                    let values = CollectionOfOne(range) + repeats
                    Array(values.map { $0.value(in: bytes) }.joined(separator: Array(", ".utf8)))
                        .withUnsafeBytes { body(name, $0) }
                }
            }
        }
    }

    /// Calls `body` for every field line, in the order they came. The pointers live only that long.
    package func forEachLine(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        self.text.withUnsafeReadableBytes { bytes in
            for range in self.ranges { body(range.name(in: bytes), range.value(in: bytes)) }
        }
    }

    /// What follows the protocol in the status line, such as `101 UPGRADED`; `nil` when there was no such line.
    package func withStatusText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        self.text.withUnsafeReadableBytes { bytes in
            guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end > "HTTP/1.1 ".utf8.count else { return nil }
            let last = bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
            return body(UnsafeRawBufferPointer(rebasing: bytes["HTTP/1.1 ".utf8.count..<last]))
        }
    }

    /// The first value under `name`, `nil` when there is none. `name` is written in lower case; the field may have any.
    package func first(_ name: StaticString) -> String? {
        self.text.withUnsafeReadableBytes { bytes in
            for range in self.ranges where range.name(in: bytes).equalsIgnoringCase(name) {
                return String(decoding: range.value(in: bytes), as: UTF8.self)
            }
            return nil
        }
    }
}

extension ResponseHead.Fields.Range {
    func name(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(self.nameStart)..<Int(self.nameEnd)])
    }

    func value(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(self.valueStart)..<Int(self.valueEnd)])
    }
}

extension UnsafeRawBufferPointer {
    func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        self.count == other.count && self.elementsEqual(other) { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// Compares ASCII text; `text` must be lower case.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard self.count == text.utf8CodeUnitCount else { return false }
        let expected = text.utf8Start
        for index in 0..<self.count {
            let byte = self[index]
            let lower = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
            guard lower == expected[index] else { return false }
        }
        return true
    }
}
