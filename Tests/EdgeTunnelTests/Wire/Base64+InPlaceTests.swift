import Support
import Testing

@testable import EdgeTunnel

@Suite struct Base64InPlaceTests {
    private static func encodedInPlace(_ bytes: [UInt8], at offset: Int, room: Int = 0) -> [UInt8] {
        var memory = bytes
        let length = offset + Base64.encodedLength(bytes.count)
        memory += [UInt8](repeating: 0xEE, count: length + room - bytes.count)
        memory.withUnsafeMutableBytes { Base64.encodeInPlace($0, count: bytes.count, at: offset) }
        #expect(memory.dropFirst(length).allSatisfy { $0 == 0xEE }, "nothing is written behind the text")
        return Array(memory[offset..<length])
    }

    @Test(arguments: [3, 4, 7, 15, 64])
    func agreesWithTheEncoderOfTwoBuffersAtEveryLength(offset: Int) {
        var random = SplitMix(seed: 1)
        for count in 0..<600 {
            let bytes = random.bytes(count)
            let text = String(decoding: Self.encodedInPlace(bytes, at: offset, room: 9), as: UTF8.self)
            #expect(text == encoded(bytes), "\(count) bytes")
        }
    }

    @Test(arguments: [1 << 20, (1 << 20) + 1, (1 << 20) + 2])
    func encodesMuchMoreThanOnePiece(count: Int) {
        var random = SplitMix(seed: 2)
        let bytes = random.bytes(count)
        #expect(String(decoding: Self.encodedInPlace(bytes, at: 7), as: UTF8.self) == encoded(bytes))
    }
}
