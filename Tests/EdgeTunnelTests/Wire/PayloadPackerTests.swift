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

    /// The raw bytes that a frame carries.
    private static func payload(_ frame: FrameBuilder?) throws -> [UInt8] {
        let text = try #require(frame).text
        try #require(text.hasPrefix(self.prefix) && text.hasSuffix(#""}}"#))
        let base64 = text.dropFirst(self.prefix.count).dropLast(3)
        return Array(try #require(Data(base64Encoded: String(base64))))
    }

    @Test func anEmptyBurstMakesNoFrame() {
        var packer = Self.packer()
        let frame = packer.takeFrame()
        #expect(frame == nil)
    }

    @Test func oneBurstIsOneFrame() throws {
        var packer = Self.packer()
        for text in ["a", "bc", "defg"] {
            var bytes = ByteBuffer(string: text)
            let frame = packer.append(&bytes)
            #expect(frame == nil)
            #expect(bytes.readableBytes == 0)
        }
        let frames = [packer.takeFrame(), packer.takeFrame()]
        #expect(frames.map { $0?.text } == [Self.prefix + "YWJjZGVmZw==" + #""}}"#, nil])
    }

    @Test func aFullFrameFitsABufferOf32KiB() throws {
        var packer = Self.packer()
        var bytes = ByteBuffer(repeating: 7, count: PayloadPacker.maximumPayload + 1)
        let full = packer.append(&bytes)
        #expect(try Self.payload(full).count == PayloadPacker.maximumPayload)
        let frame = try #require(full)
        #expect(frame.count + WebSocketFrameHeader.maximumLength <= 32 * 1024)
        #expect(bytes.readableBytes == 1)
        let begun = packer.append(&bytes)
        #expect(begun == nil)
        let rest = packer.takeFrame()
        #expect(try Self.payload(rest) == [7])
    }

    @Test func everyFrameEndsItsOwnBase64() throws {
        var packer = Self.packer()
        for length in 1...7 {
            var bytes = ByteBuffer(bytes: (0..<length).map { UInt8($0) })
            let begun = packer.append(&bytes)
            #expect(begun == nil)
            let frame = packer.takeFrame()
            #expect(try Self.payload(frame) == (0..<length).map { UInt8($0) })
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
