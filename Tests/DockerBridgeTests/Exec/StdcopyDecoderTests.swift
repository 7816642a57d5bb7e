import NIOCore
import Testing

@testable import DockerBridge

@Suite struct StdcopyDecoderTests {
    private static func frame(_ stream: UInt8, _ payload: String) -> [UInt8] {
        let length = UInt32(payload.utf8.count).bigEndian
        return [stream, 0, 0, 0] + withUnsafeBytes(of: length) { Array($0) } + Array(payload.utf8)
    }

    /// Decodes `pieces` in turn; joins what came from one stream without a break.
    private static func decode(_ pieces: [ArraySlice<UInt8>]) throws -> [String] {
        var decoder = StdcopyDecoder()
        var result: [(stream: StdStream, text: [UInt8])] = []
        for piece in pieces {
            var piece = ByteBuffer(bytes: piece)
            try decoder.decode(&piece) { bytes, stream in
                if result.last?.stream == stream {
                    result[result.count - 1].text += bytes.readableBytesView
                } else {
                    result.append((stream, Array(bytes.readableBytesView)))
                }
                return true
            }
        }
        return result.map { "\($0.stream) \(String(decoding: $0.text, as: UTF8.self))" }
    }

    private static let transcript =
        frame(1, "hello") + frame(2, "") + frame(2, "oops é") + frame(1, "a") + frame(0, "in") + frame(1, "bye\n")
    private static let meaning = ["stdout hello", "stderr oops é", "stdout a", "stdin in", "stdout bye\n"]

    @Test func framesAreSplitByStream() throws {
        #expect(try Self.decode([Self.transcript[...]]) == Self.meaning)
    }

    @Test func whatIsNotTakenNowIsTakenLater() throws {
        var decoder = StdcopyDecoder()
        var bytes = ByteBuffer(bytes: Self.transcript)
        var pieces: [String] = []
        while bytes.readableBytes > 0 {
            let before = pieces.count
            try decoder.decode(&bytes) { payload, stream in
                pieces.append("\(stream) \(String(buffer: payload))")
                return false
            }
            #expect(pieces.count == before + 1)
        }
        #expect(pieces == Self.meaning)
    }

    @Test func everySplitInTwoMeansTheSame() throws {
        for place in 0...Self.transcript.count {
            #expect(try Self.decode([Self.transcript[..<place], Self.transcript[place...]]) == Self.meaning)
        }
    }

    @Test func singleBytesMeanTheSame() throws {
        #expect(try Self.decode(Self.transcript.indices.map { Self.transcript[$0...$0] }) == Self.meaning)
    }

    @Test func payloadIsHandedOutBeforeItsFrameIsComplete() throws {
        var decoder = StdcopyDecoder()
        var pieces: [String] = []
        for part in [ByteBuffer(bytes: [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x61, 0x62]), ByteBuffer(string: "c")] {
            var part = part
            try decoder.decode(&part) { bytes, _ in
                pieces.append(String(buffer: bytes))
                return true
            }
        }
        #expect(pieces == ["ab", "c"])
    }

    @Test(
        arguments: [
            [3, 0, 0, 0, 0, 0, 0, 1], [255, 0, 0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 1], [1, 0, 1, 0, 0, 0, 0, 1],
            [1, 0, 0, 1, 0, 0, 0, 1], Array("plain te".utf8),
        ] as [[UInt8]]
    )
    func whatIsNoHeaderIsMalformed(bytes: [UInt8]) {
        #expect(throws: StdcopyDecoder.Malformed.self) { try Self.decode([Self.transcript[...], bytes[...]]) }
    }
}
