/// A request line and its fields, as ranges of the bytes they were read from.
///
/// Stricter than a general server: whatever two readers could understand differently (a folded line, a bare line feed, a
/// length beside chunks, a length twice) is refused.
package struct WireRequestHead: Sendable {
    /// A token of 1 to 32 bytes.
    package let method: Range<Int>
    /// Without blanks and control characters, in any of the forms of RFC 9112 §3.2.
    package let target: Range<Int>
    package let isHTTP10: Bool
    /// What is not about this connection and its message, in the order it came. Fields that `Connection` names are still
    /// there.
    package private(set) var fields: [HeaderField] = []
    package private(set) var connection = ConnectionFields()
    /// Where the body ends; `nil` when there is no body.
    package private(set) var bodyEnd: BodyEnd?
    /// `nil` in a request of HTTP/1.0 that has none.
    package private(set) var host: HeaderField?
    /// The client sends the body only after a `100 Continue`.
    package private(set) var expectsContinue = false

    /// - Parameter bytes: a complete head with the empty line at its end.
    /// - Returns: `nil` when the end is missing.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        maximumFields: Int
    ) throws(WireFault) -> WireRequestHead? {
        var lines = HeadLines(bytes)
        guard let requestLine = try lines.next() else { return nil }
        var head = try Self(requestLine, in: bytes)
        var count = 0
        while let line = try lines.next() {
            guard !line.isEmpty else { return try head.finished() }
            count += 1
            guard count <= maximumFields else { throw .tooManyFields }
            try head.read(HeaderField(line, in: bytes), in: bytes)
        }
        return nil
    }

    private init(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(WireFault) {
        let words = bytes[line].split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 3, (1...32).contains(words[0].count), words[0].allSatisfy(\.isTokenByte),
            !words[1].isEmpty, words[1].allSatisfy({ $0 > 0x20 && $0 != 0x7f })
        else { throw .startLine }
        self.isHTTP10 = words[2].elementsEqual("HTTP/1.0".utf8)
        guard self.isHTTP10 || words[2].elementsEqual("HTTP/1.1".utf8) else {
            throw words[2].starts(with: "HTTP/".utf8) ? .version : .startLine
        }
        self.method = words[0].startIndex..<words[0].endIndex
        self.target = words[1].startIndex..<words[1].endIndex
        self.fields.reserveCapacity(12)
    }

    private mutating func read(_ field: HeaderField, in bytes: UnsafeRawBufferPointer) throws(WireFault) {
        let name = field.name(in: bytes)
        switch name[0] | 0x20 {
        case UInt8(ascii: "h") where name.equalsIgnoringCase("host"):
            guard self.host == nil else { throw .repeatedHost }
            self.host = field
            return
        case UInt8(ascii: "e") where name.equalsIgnoringCase("expect"):
            guard field.value(in: bytes).equalsIgnoringCase("100-continue") else { throw .expectation }
            self.expectsContinue = !self.isHTTP10
            return
        default: break
        }
        switch try self.connection.read(field, in: bytes, isHTTP10: self.isHTTP10) {
        case .endToEnd: self.fields.append(field)
        case .length, .hop: break
        }
    }

    private consuming func finished() throws(WireFault) -> WireRequestHead {
        self.bodyEnd = try self.connection.bodyEnd()
        guard self.host != nil || self.isHTTP10 else { throw .missingHost }
        return self
    }

    /// Whether the client wants to send another request on this connection.
    package var keepsAlive: Bool { !self.connection.closes && !self.isHTTP10 }

    /// The protocols to switch to, which need both `Connection: upgrade` and `Upgrade`.
    package var upgrade: HeaderField? {
        self.connection.asksForUpgrade && !self.isHTTP10 ? self.connection.upgrade : nil
    }
}
