import Base
import Glibc
package import NIOCore

/// Reads one HTTP/1.1 response head in place, as strictly as the listener reads a request's: lines end in CR LF, names
/// are tokens, values hold no control characters, and the framing has one meaning. What is passed on is passed on as it
/// came, so a control character would end up in a client's terminal or begin a second answer.
///
/// The body framing comes out with the head, because `Content-Length` and `Transfer-Encoding` are read on the way.
package struct ResponseHeadParser {
    /// Docker's heads are below 2 KiB; the bound only keeps a broken peer from filling memory.
    static let maximumHeadBytes = 64 * 1024
    static let maximumFields = 256

    package enum Framing: Equatable {
        case length(Int)
        case chunked
        case untilClose
    }

    package struct Parsed {
        package let head: ResponseHead
        let framing: Framing
        let keepsAlive: Bool
    }

    private var status = 0
    private var ranges: [ResponseHead.Fields.Range] = []
    private var contentLength: Int?
    private var transferEncodings = 0
    private var connectionClose = false
    private var isHTTP10 = false
    private var connectionValues: [ResponseHead.Fields.Range] = []
    private var upgrade: String?

    private let keepsHopFields: Bool

    private init(keepsHopFields: Bool) {
        self.keepsHopFields = keepsHopFields
        self.ranges.reserveCapacity(12)
    }

    /// Consumes a complete head from the front of `buffer`; `nil` when its end has not arrived yet.
    ///
    /// - Parameter keepsHopFields: for an answer that is meant for the agent itself and not passed on: fields that are for
    ///   one hop only, `Proxy-Authenticate` for one, stay in it.
    package static func parse(
        _ buffer: inout ByteBuffer,
        keepsHopFields: Bool = false
    ) throws(BridgeError) -> Parsed? {
        var parser = Self(keepsHopFields: keepsHopFields)
        let length: Int?
        do {
            length = try buffer.withUnsafeReadableBytes { try parser.readLines($0) }
        } catch let error as BridgeError {
            throw error
        } catch {
            throw BridgeError(.malformedResponse, "the engine's answer could not be read", cause: error)
        }
        guard let length, let text = buffer.readSlice(length: length) else { return nil }
        return try parser.finish(text: text)
    }

    /// Returns the length of the head including the empty line.
    private mutating func readLines(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
        var start = 0
        var isFirstLine = true
        while let end = Self.lineEnd(in: bytes, from: start) {
            let next = end + 1
            guard next <= Self.maximumHeadBytes else { throw Self.tooLong }
            guard end > start, bytes[end - 1] == UInt8(ascii: "\r") else {
                throw BridgeError(.malformedResponse, "a line of the engine's response head does not end in CR LF")
            }
            let last = end - 1
            if isFirstLine {
                try self.readStatusLine(UnsafeRawBufferPointer(rebasing: bytes[start..<last]))
                isFirstLine = false
            } else if last == start {
                return next
            } else {
                try self.readField(in: bytes, start: start, end: last)
            }
            start = next
        }
        guard bytes.count < Self.maximumHeadBytes else { throw Self.tooLong }
        return nil
    }

    private static let tooLong = BridgeError(
        .malformedResponse,
        "the engine's response head is larger than 64 KiB"
    )

    private static func lineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// `HTTP/1.1 200 OK`
    private mutating func readStatusLine(_ line: UnsafeRawBufferPointer) throws {
        guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), (0x30...0x31).contains(line[7]),
            line[8] == UInt8(ascii: " "), (0x31...0x35).contains(line[9]), line[10].isDigit, line[11].isDigit,
            line.count == 12 || line[12] == UInt8(ascii: " "), line.allSatisfy(\.isFieldValueByte)
        else {
            throw BridgeError(.malformedResponse, "the engine did not answer with HTTP/1.1")
        }
        self.isHTTP10 = line[7] == UInt8(ascii: "0")
        self.status = Int(line[9] - 48) * 100 + Int(line[10] - 48) * 10 + Int(line[11] - 48)
    }

    private mutating func readField(in bytes: UnsafeRawBufferPointer, start: Int, end: Int) throws {
        guard self.ranges.count < Self.maximumFields,
            let colon = bytes[start..<end].firstIndex(of: UInt8(ascii: ":")), colon > start,
            // A name is a token. White space around it is how a field is hidden from one reader and shown to another.
            bytes[start..<colon].allSatisfy(\.isTokenByte)
        else {
            throw BridgeError(.malformedResponse, "the engine sent a malformed header field")
        }
        let value = bytes[(colon + 1)..<end].trimmingBlanks
        guard value.allSatisfy(\.isFieldValueByte) else {
            throw BridgeError(.malformedResponse, "a header field of the engine holds a control character")
        }
        let range = ResponseHead.Fields.Range(
            nameStart: UInt32(start),
            nameEnd: UInt32(colon),
            valueStart: UInt32(value.startIndex),
            valueEnd: UInt32(value.endIndex)
        )
        if try self.isKept(range, in: bytes) { self.ranges.append(range) }
    }

    private mutating func isKept(
        _ range: ResponseHead.Fields.Range,
        in bytes: UnsafeRawBufferPointer
    ) throws -> Bool {
        let name = range.name(in: bytes)
        // All fields of interest begin with one of these letters; the others take the short way.
        switch name[0] | 0x20 {
        case UInt8(ascii: "c"), UInt8(ascii: "t"), UInt8(ascii: "u"), UInt8(ascii: "k"), UInt8(ascii: "p"): break
        default: return true
        }
        let value = range.value(in: bytes)
        if name.equalsIgnoringCase("content-length") {
            guard let length = Self.decimal(value), self.contentLength == nil else {
                throw BridgeError(.malformedResponse, "the engine sent a bad Content-Length")
            }
            self.contentLength = length
            return true
        }
        guard HopByHopHeaders.contains(name) else { return true }
        if name.equalsIgnoringCase("transfer-encoding") {
            guard value.equalsIgnoringCase("chunked") else {
                throw BridgeError(.malformedResponse, "the engine sent an unknown Transfer-Encoding")
            }
            self.transferEncodings += 1
        } else if name.equalsIgnoringCase("connection") {
            self.connectionValues.append(range)
            if HopByHopHeaders.list(value, names: "close") { self.connectionClose = true }
        } else if name.equalsIgnoringCase("upgrade") {
            self.upgrade = String(decoding: value, as: UTF8.self)
        }
        return self.keepsHopFields
    }

    private static func decimal(_ text: UnsafeRawBufferPointer) -> Int? {
        guard (1...18).contains(text.count) else { return nil }
        var result = 0
        for byte in text {
            guard byte.isDigit else { return nil }
            result = result * 10 + Int(byte - 48)
        }
        return result
    }

    private mutating func finish(text: ByteBuffer) throws(BridgeError) -> Parsed {
        if !self.connectionValues.isEmpty, !self.keepsHopFields { self.dropFieldsNamedByConnection(text) }
        let framing = try self.framing()
        return Parsed(
            head: ResponseHead(
                status: self.status,
                fields: ResponseHead.Fields(text: text, ranges: self.ranges),
                upgrade: self.upgrade,
                contentLength: self.contentLength
            ),
            framing: framing,
            keepsAlive: !self.connectionClose && !self.isHTTP10
        )
    }

    /// Where the body ends. Of two that say so each reader may believe another one.
    private func framing() throws(BridgeError) -> Framing {
        guard self.transferEncodings > 0 else { return self.contentLength.map { .length($0) } ?? .untilClose }
        guard self.transferEncodings == 1, self.contentLength == nil, !self.isHTTP10 else {
            throw BridgeError(.malformedResponse, "the engine sent an answer whose end is ambiguous")
        }
        return .chunked
    }

    private mutating func dropFieldsNamedByConnection(_ text: ByteBuffer) {
        text.withUnsafeReadableBytes { bytes in
            for list in self.connectionValues {
                self.ranges.removeAll { HopByHopHeaders.list(list.value(in: bytes), names: $0.name(in: bytes)) }
            }
        }
    }
}
