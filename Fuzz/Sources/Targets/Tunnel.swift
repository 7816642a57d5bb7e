import DockerBridge
import NIOCore

@testable import EdgeTunnel

extension Targets {
    /// Messages of a controller.
    static func frames(_ bytes: UnsafeRawBufferPointer) {
        _ = FrameDecoder.decode(ByteBuffer(bytes: bytes))
        _ = FrameDecoder.oversized(prefix: ByteBuffer(bytes: bytes), length: bytes.count)
    }

    /// WebSocket frames, cut anywhere.
    static func webSocket(_ bytes: UnsafeRawBufferPointer) {
        _ = self.inPieces(bytes) { pieces in self.webSocket(pieces) }
    }

    private static func webSocket(_ pieces: [ArraySlice<UInt8>]) -> [WebSocketReader.Event] {
        var reader = WebSocketReader(limits: .init(messageBytes: 64, skippedBytes: 4096))
        var events: [WebSocketReader.Event] = []
        for piece in pieces where !piece.isEmpty {
            reader.append(ByteBuffer(bytes: piece))
            while let event = try? reader.next() { events.append(event) }
        }
        return events
    }

    static func mask(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 4 else { return }
        let key = bytes.loadUnaligned(as: UInt32.self)
        let plain = Array(bytes.dropFirst(4))
        var masked = plain
        masked.withUnsafeMutableBytes { WebSocketMask.apply(key, to: $0) }
        let expected = plain.enumerated().map { $1 ^ bytes[$0 & 3] }
        precondition(masked == expected, "a byte is masked wrongly")
    }

    /// Ours beside the most straightforward one.
    static func base64(_ bytes: UnsafeRawBufferPointer) {
        let (whole, position) = self.cut(bytes)
        let expected = ReferenceBase64.encode(whole)
        precondition(self.encoded(whole) == expected, "a text is encoded wrongly")
        precondition(
            self.streamed([whole[..<position], whole[position...]]) == expected,
            "a text depends on its pieces"
        )
        precondition(self.decoded(expected) == whole, "a text does not read back")
        precondition(self.decoded(whole) == ReferenceBase64.decode(whole), "a text is decoded differently")
    }

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var text = [UInt8](repeating: 0, count: Base64.encodedLength(bytes.count))
        let count = bytes.withUnsafeBytes { source in
            text.withUnsafeMutableBytes { $0.baseAddress.map { Base64.encode(source, into: $0) } ?? 0 }
        }
        return Array(text.prefix(count))
    }

    private static func streamed(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var encoder = Base64StreamEncoder()
        var text: [UInt8] = []
        for piece in pieces {
            var part = [UInt8](repeating: 0, count: encoder.encodedLength(appending: piece.count) + 4)
            let count = piece.withUnsafeBytes { source in
                part.withUnsafeMutableBytes { encoder.append(source, into: $0.baseAddress!) }
            }
            text += part.prefix(count)
        }
        var part = [UInt8](repeating: 0, count: 4)
        let count = part.withUnsafeMutableBytes { encoder.finish(into: $0.baseAddress!) }
        return text + part.prefix(count)
    }

    private static func decoded(_ text: [UInt8]) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Base64.maximumDecodedLength(text.count) + 1)
        let count = text.withUnsafeBytes { source in
            bytes.withUnsafeMutableBytes { Base64.decode(source, into: $0.baseAddress!) }
        }
        return count.map { Array(bytes.prefix($0)) }
    }
}

/// Base64 as one would write it down first.
enum ReferenceBase64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = (Array(group) + [0, 0]).prefix(3).reduce(0) { $0 << 8 | Int($1) }
            for place in 0..<4 {
                text.append(place <= group.count ? self.alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return text
    }

    static func decode(_ text: [UInt8]) -> [UInt8]? {
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let letters = text.dropLast(padding)
        guard letters.count % 4 != 1, padding == 0 || (padding <= 2 && text.count % 4 == 0) else { return nil }
        var bytes: [UInt8] = []
        var bits = 0
        for (place, letter) in letters.enumerated() {
            let standard =
                letter == UInt8(ascii: "-")
                ? UInt8(ascii: "+") : letter == UInt8(ascii: "_") ? UInt8(ascii: "/") : letter
            guard let value = self.alphabet.firstIndex(of: standard) else { return nil }
            bits = (bits << 6 | value) & 0xFFFF
            if place % 4 > 0 { bytes.append(UInt8(truncatingIfNeeded: bits >> (6 - 2 * (place % 4)))) }
        }
        return bytes
    }
}
