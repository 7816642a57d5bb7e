import HTTPWire
import NIOCore

/// Status and end-to-end header fields of an engine's response.
///
/// The fields are ranges into the bytes that came off the socket, so a head costs one small array however many
/// fields it has. Hop-by-hop fields, those named by `Connection` included, are already gone.
package struct ResponseHead: Sendable {
    package let status: Int
    /// Names the protocol that a 101 switched to.
    package let upgrade: String?
    package var fields: Fields
    /// What `Content-Length` announces; `nil` when there is none.
    package let contentLength: Int?
    /// What follows are the raw bytes of the connection, in both directions.
    package var isRaw: Bool

    /// Field lines, as ranges of the bytes that came off the socket.
    package struct Fields: Sendable {
        let text: ByteBuffer
        let lines: [HeaderField]
        /// Where in `text` the status line names the status; `nil` when there is no such line.
        let statusText: Range<Int>?
    }

    package init(status: Int, fields: Fields, upgrade: String? = nil, contentLength: Int? = nil) {
        self.status = status
        self.fields = fields
        self.upgrade = upgrade
        self.contentLength = contentLength
        self.isRaw = status == 101
    }
}

extension ResponseHead.Fields {
    package static let none = Self(text: ByteBuffer(), lines: [], statusText: nil)

    /// With one field more, of ours.
    func adding(_ name: String, _ value: String) -> Self {
        var text = self.text
        let start = text.readableBytes
        text.writeString(name)
        let nameEnd = text.readableBytes
        text.writeString(value)
        let field = HeaderField(name: start..<nameEnd, value: nameEnd..<text.readableBytes)
        return Self(text: text, lines: self.lines + [field], statusText: self.statusText)
    }

    /// Calls `body` once for every name, in the order they came, with repeated values joined by `, `.
    /// The pointers live only that long.
    package func forEachJoined(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        self.text.withUnsafeReadableBytes { bytes in
            for (index, line) in self.lines.enumerated() {
                let name = line.name(in: bytes)
                if self.lines[..<index].contains(where: { $0.name(in: bytes).equalsIgnoringCase(name) }) { continue }
                let repeats = self.lines[(index + 1)...].filter { $0.name(in: bytes).equalsIgnoringCase(name) }
                if repeats.isEmpty {
                    body(name, line.value(in: bytes))
                } else {
                    let values = CollectionOfOne(line) + repeats
                    Array(values.map { $0.value(in: bytes) }.joined(separator: Array(", ".utf8)))
                        .withUnsafeBytes { body(name, $0) }
                }
            }
        }
    }

    /// Calls `body` for every field line, in the order they came. The pointers live only that long.
    package func forEachLine(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        self.text.withUnsafeReadableBytes { bytes in
            for line in self.lines { body(line.name(in: bytes), line.value(in: bytes)) }
        }
    }

    /// What follows the protocol in the status line, such as `101 UPGRADED`; `nil` when there was no such line.
    package func withStatusText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        self.statusText.map { range in
            self.text.withUnsafeReadableBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
    }

    /// The first value under `name`, `nil` when there is none. `name` is written in lower case; the field may have any.
    package func first(_ name: StaticString) -> String? {
        self.text.withUnsafeReadableBytes { bytes in
            for line in self.lines where line.name(in: bytes).equalsIgnoringCase(name) {
                return String(decoding: line.value(in: bytes), as: UTF8.self)
            }
            return nil
        }
    }
}
