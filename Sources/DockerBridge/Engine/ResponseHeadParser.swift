package import HTTPWire
package import NIOCore

/// Reads one HTTP/1.1 response head in place: the fields are ranges of the bytes that came off the socket.
package enum ResponseHeadParser {
    /// Docker's heads are below 2 KiB; the bound only keeps a broken peer from filling memory.
    static let maximumHeadBytes = 64 * 1024
    static let maximumFields = 256

    /// A head, and what it says about the connection.
    package struct Parsed {
        package let head: ResponseHead
        let framing: BodyEnd
        let keepsAlive: Bool
    }

    /// The same for a head that arrives in pieces: tried only when a piece may have completed it.
    ///
    /// - Parameter arrival: of this head; afterwards one for the next.
    package static func parse(
        _ buffer: inout ByteBuffer,
        _ arrival: inout HeadArrival,
        keepsHopFields: Bool = false
    ) throws(BridgeError) -> Parsed? {
        let isWorthParsing = buffer.withUnsafeReadableBytes { bytes in
            arrival.isWorthParsing(bytes, maximumBytes: Self.maximumHeadBytes)
        }
        guard isWorthParsing, let parsed = try self.parse(&buffer, keepsHopFields: keepsHopFields) else { return nil }
        arrival = HeadArrival()
        return parsed
    }

    /// Consumes a complete head from the front of `buffer`; `nil` when its end has not arrived yet.
    ///
    /// - Parameter keepsHopFields: for an answer that is meant for the agent itself and not passed on.
    package static func parse(
        _ buffer: inout ByteBuffer,
        keepsHopFields: Bool = false
    ) throws(BridgeError) -> Parsed? {
        guard let wire = try self.read(buffer, keepsHopFields: keepsHopFields),
            let text = buffer.readSlice(length: wire.byteCount)
        else { return nil }
        let upgrade = wire.connection.upgrade.map { field in
            text.withUnsafeReadableBytes { String(decoding: field.value(in: $0), as: UTF8.self) }
        }
        let head = ResponseHead(
            status: wire.status,
            fields: ResponseHead.Fields(text: text, lines: wire.fields, statusText: wire.statusText),
            upgrade: upgrade,
            contentLength: wire.connection.length
        )
        return Parsed(head: head, framing: wire.bodyEnd, keepsAlive: wire.keepsAlive)
    }

    private static func read(_ buffer: ByteBuffer, keepsHopFields: Bool) throws(BridgeError) -> WireResponseHead? {
        let result = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(WireFault) in
                try WireResponseHead.parse(
                    bytes,
                    maximumBytes: Self.maximumHeadBytes,
                    maximumFields: Self.maximumFields,
                    keepsHopFields: keepsHopFields
                )
            }
        }
        do throws(WireFault) { return try result.get() } catch { throw BridgeError(error) }
    }
}

extension BridgeError {
    /// What an engine sent that is not an answer.
    init(_ fault: WireFault) {
        let detail =
            switch fault {
            case .lineEnd: "a line of the engine's response head does not end in CR LF"
            case .startLine, .version, .expectation, .missingHost, .repeatedHost:
                "the engine did not answer with HTTP/1.1"
            case .headTooLarge: "the engine's response head is larger than 64 KiB"
            case .tooManyFields, .field: "the engine sent a malformed header field"
            case .controlCharacter: "a header field of the engine holds a control character"
            case .length, .repeatedLength: "the engine sent a bad Content-Length"
            case .unknownCoding: "the engine sent an unknown Transfer-Encoding"
            case .misplacedCoding, .ambiguousEnd: "the engine sent an answer whose end is ambiguous"
            case .chunk: "the engine sent a malformed chunk"
            case .trailersTooLarge: "the engine's trailers are larger than 8 KiB"
            }
        self.init(.malformedResponse, detail)
    }
}
