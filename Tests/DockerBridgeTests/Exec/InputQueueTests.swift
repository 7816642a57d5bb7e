import NIOCore
import Testing

@testable import DockerBridge

@Suite struct InputQueueTests {
    private static func drain(_ queue: inout InputQueue) -> [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        while let piece = queue.popFirst() { pieces.append(piece) }
        return pieces
    }

    @Test func theOrderIsKeptWhateverThePiecesAre() {
        var queue = InputQueue()
        var expected: [UInt8] = []
        for (index, count) in [1, 2, 70_000, 3, 200_000, 65_535, 65_536, 5].enumerated() {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
            expected += bytes
            queue.push(ByteBuffer(bytes: bytes))
        }
        #expect(queue.bytes == expected.count)
        let pieces = Self.drain(&queue)
        #expect(pieces.flatMap { Array($0.readableBytesView) } == expected)
        #expect(pieces.allSatisfy { $0.readableBytes <= InputQueue.pieceBytes })
        #expect(queue.isEmpty)
    }

    /// A ByteBuffer for each key would take a hundred times what is counted.
    @Test func aMillionKeysTakeAboutAMillionBytes() {
        var queue = InputQueue()
        for _ in 0..<1_000_000 { queue.push(ByteBuffer(bytes: [7])) }
        #expect(queue.bytes == 1_000_000)
        #expect(queue.storageBytes <= 2_200_000)
        #expect(Self.drain(&queue).count <= 1_000_000 / InputQueue.pieceBytes + 1)
    }

    @Test func whatIsLeftOfALargeFrameDoesNotKeepTheWholeFrame() {
        var queue = InputQueue()
        queue.push(ByteBuffer(repeating: 7, count: 4 << 20))
        while queue.bytes > InputQueue.pieceBytes, queue.popFirst() != nil {}
        #expect(queue.storageBytes <= 2 * InputQueue.pieceBytes)
    }
}
