import Base

/// A status line and its fields, as ranges of the bytes they were read from.
///
/// Read as strictly as a request: lines end in CR LF, names are tokens, values hold no control characters, and the
/// framing has one meaning. What is passed on is passed on as it came, so a control character would end up in a client's
/// terminal or begin a second answer.
package struct WireResponseHead: Sendable {
    /// 100 to 599.
    package let status: Int
    package let isHTTP10: Bool
    /// What follows the protocol in the status line, such as `200 OK`.
    package let statusText: Range<Int>
    /// End-to-end fields in the order they came, `Content-Length` among them, and those of the hop if they were asked for.
    package private(set) var fields: [HeaderField] = []
    package private(set) var connection = ConnectionFields()
    package private(set) var bodyEnd = BodyEnd.untilClose
    /// Bytes of the head with the empty line at its end.
    package private(set) var byteCount = 0

    /// Reads a head from the front of `bytes`.
    ///
    /// - Parameter keepsHopFields: for an answer that is meant for the agent itself and not passed on: fields that are for
    ///   one hop only, `Proxy-Authenticate` for one, stay in it, as do those that `Connection` names.
    /// - Returns: `nil` when its end has not arrived yet. What has arrived of it is well-formed then.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        maximumBytes: Int,
        maximumFields: Int,
        keepsHopFields: Bool = false
    ) throws(WireFault) -> WireResponseHead? {
        var lines = HeadLines(bytes)
        var head: WireResponseHead?
        while let line = try lines.next() {
            guard lines.position <= maximumBytes else { throw .headTooLarge }
            if head == nil {
                head = try Self(statusLine: line, in: bytes)
            } else if line.isEmpty {
                return try head?.finished(in: bytes, byteCount: lines.position, keepsHopFields: keepsHopFields)
            } else {
                guard head.map({ $0.fields.count < maximumFields }) ?? false else { throw .tooManyFields }
                try head?.read(HeaderField(line, in: bytes), in: bytes, keepsHopFields: keepsHopFields)
            }
        }
        guard bytes.count < maximumBytes else { throw .headTooLarge }
        return nil
    }

    /// `HTTP/1.1 200 OK`
    private init(statusLine range: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(WireFault) {
        let line = UnsafeRawBufferPointer(rebasing: bytes[range])
        guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), (0x30...0x31).contains(line[7]),
            line[8] == UInt8(ascii: " "), (0x31...0x35).contains(line[9]), line[10].isDigit, line[11].isDigit,
            line.count == 12 || line[12] == UInt8(ascii: " "), line.allSatisfy(\.isFieldValueByte)
        else { throw .startLine }
        self.statusText = (range.lowerBound + "HTTP/1.1 ".utf8.count)..<range.upperBound
        self.isHTTP10 = line[7] == UInt8(ascii: "0")
        self.status = Int(line[9] - 48) * 100 + Int(line[10] - 48) * 10 + Int(line[11] - 48)
        self.fields.reserveCapacity(12)
    }

    private mutating func read(
        _ field: HeaderField,
        in bytes: UnsafeRawBufferPointer,
        keepsHopFields: Bool
    ) throws(WireFault) {
        switch try self.connection.read(field, in: bytes, isHTTP10: self.isHTTP10) {
        case .endToEnd, .length: self.fields.append(field)
        case .hop: if keepsHopFields { self.fields.append(field) }
        }
    }

    private consuming func finished(
        in bytes: UnsafeRawBufferPointer,
        byteCount: Int,
        keepsHopFields: Bool
    ) throws(WireFault) -> Self {
        let connection = self.connection
        if !keepsHopFields { self.fields.removeAll { connection.names($0.name(in: bytes)) } }
        self.bodyEnd = try connection.bodyEnd() ?? .untilClose
        self.byteCount = byteCount
        return self
    }

    /// Whether the connection may serve another request behind this answer.
    package var keepsAlive: Bool { !self.connection.closes && !self.isHTTP10 }
}
