import Support
import Testing

@testable import EdgeTunnel

@Suite struct WebSocketMaskTests {
    @Test func masksTheExampleOfTheStandard() {
        let masked = masked(Array("Hello".utf8), key: [0x37, 0xFA, 0x21, 0x3D])
        #expect(masked == [0x7F, 0x9F, 0x4D, 0x51, 0x58])
    }

    @Test(arguments: 0..<9)
    func everyLengthAgreesWithByteByByteAtEveryAlignment(alignment: Int) {
        var random = SplitMix(seed: UInt64(alignment))
        for count in 0..<140 {
            let bytes = random.bytes(count)
            let key = random.bytes(4)
            let expected = bytes.indices.map { bytes[$0] ^ key[$0 % 4] }
            #expect(masked(bytes, key: key, alignment: alignment) == expected, "\(count) bytes at +\(alignment)")
        }
    }

    private func masked(_ bytes: [UInt8], key: [UInt8], alignment: Int = 0) -> [UInt8] {
        let key = key.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        let all = output(capacity: alignment + bytes.count) { destination in
            let payload = UnsafeMutableRawBufferPointer(start: destination + alignment, count: bytes.count)
            payload.copyBytes(from: bytes)
            WebSocketMask.apply(key, to: payload)
            return alignment + bytes.count
        }
        return Array(all.dropFirst(alignment))
    }
}
