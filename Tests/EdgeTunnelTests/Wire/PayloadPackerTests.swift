import Foundation
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

@Suite struct PayloadPackerTests {
    private static let prefix = #"{"type":"stream","data":{"requestId":"r","data":""#

    private static func packer() -> PayloadPacker {
        PayloadPacker(prefix: ByteBuffer(string: self.prefix), allocator: testAllocator)
    }

    private static func text(_ frame: consuming FrameBuilder?) -> String? {
        guard let frame else { return nil }
        return frame.text
    }

    /// The raw bytes that a frame carries.
    private static func payload(_ frame: consuming FrameBuilder?) throws -> [UInt8] {
        let found = Self.text(frame)
        let text = try #require(found)
        try #require(text.hasPrefix(self.prefix) && text.hasSuffix(#""}}"#))
        let base64 = text.dropFirst(self.prefix.count).dropLast(3)
        return Array(try #require(Data(base64Encoded: String(base64))))
    }

    @Test func anEmptyBurstMakesNoFrame() {
        var packer = Self.packer()
        let text = Self.text(packer.takeFrame())
        #expect(text == nil)
    }

    @Test func oneBurstIsOneFrame() throws {
        var packer = Self.packer()
        for text in ["a", "bc", "defg"] {
            var bytes = ByteBuffer(string: text)
            let full = Self.text(packer.append(&bytes))
            #expect(full == nil)
            #expect(bytes.readableBytes == 0)
        }
        let texts = [Self.text(packer.takeFrame()), Self.text(packer.takeFrame())]
        #expect(texts == [Self.prefix + "YWJjZGVmZw==" + #""}}"#, nil])
    }

    @Test func aFullFrameFitsABufferOf32KiB() throws {
        var packer = Self.packer()
        var bytes = ByteBuffer(repeating: 7, count: PayloadPacker.maximumPayload + 1)
        guard let full = packer.append(&bytes) else {
            Issue.record("no frame although it is full")
            return
        }
        let size = full.count
        #expect(size + WebSocketFrameHeader.maximumLength <= 32 * 1024)
        let payload = try Self.payload(full)
        #expect(payload.count == PayloadPacker.maximumPayload)
        #expect(bytes.readableBytes == 1)
        let begun = Self.text(packer.append(&bytes))
        #expect(begun == nil)
        let rest = try Self.payload(packer.takeFrame())
        #expect(rest == [7])
    }

    @Test func everyFrameEndsItsOwnBase64() throws {
        var packer = Self.packer()
        for length in 1...7 {
            var bytes = ByteBuffer(bytes: (0..<length).map { UInt8($0) })
            let begun = Self.text(packer.append(&bytes))
            #expect(begun == nil)
            let payload = try Self.payload(packer.takeFrame())
            #expect(payload == (0..<length).map { UInt8($0) })
        }
    }

    @Test(arguments: UInt64(1)...10)
    func nothingIsLostWhateverTheSizesAre(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var packer = Self.packer()
        var sent: [UInt8] = []
        var received: [UInt8] = []
        for _ in 0..<60 {
            let piece = random.bytes(Int.random(in: 0...9000, using: &random))
            sent += piece
            var bytes = ByteBuffer(bytes: piece)
            while bytes.readableBytes > 0 {
                if let frame = packer.append(&bytes) { received += try Self.payload(frame) }
            }
            if Int.random(in: 0..<9, using: &random) == 0, let frame = packer.takeFrame() {
                received += try Self.payload(frame)
            }
        }
        if let frame = packer.takeFrame() { received += try Self.payload(frame) }
        #expect(received == sent)
    }
}
