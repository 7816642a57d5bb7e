import CAllocations
import NIOCore
import Testing

@testable import DockerBridge
@testable import EdgeTunnel

/// Holds the hot paths to their `AllocationBudget`.
@Suite struct AllocationTests {
    /// What one run of `body` asks for, once caches and tables have grown to their size.
    private static func allocations(_ body: () throws -> Void) rethrows -> Int {
        for _ in 0..<16 { try body() }
        let before = allocations_of_this_thread()
        for _ in 0..<64 { try body() }
        return Int((Double(allocations_of_this_thread() - before) / 64).rounded(.up))
    }

    /// Without it every budget would hold.
    @Test func theCounterCounts() {
        let count = Self.allocations { withExtendedLifetime(ByteBuffer(repeating: 0, count: 100)) {} }
        #expect(count >= 1)
    }

    @Test func aRequestFrame() {
        let message = ByteBuffer(
            string: """
                {"type":"request","data":{"requestId":"0192b3a4-0000-7000-8000-000000000001","method":"POST",\
                "path":"/containers/create?name=x","headers":{"accept":"application/json","user-agent":"x"},\
                "body":{"Image":"busybox","Cmd":["true"]}}}
                """
        )
        let count = Self.allocations {
            guard case .request = FrameDecoder.decode(message) else {
                Issue.record("not read as a request")
                return
            }
        }
        #expect(count <= AllocationBudget.requestIn)
    }

    @Test func aKeyPress() {
        let message = ByteBuffer(
            string: #"{"type":"exec_input","data":{"execId":"0192b3a4-0000-7000-8000-000000000001","data":"YQ=="}}"#
        )
        let count = Self.allocations {
            guard case .execInput = FrameDecoder.decode(message) else {
                Issue.record("not read as input")
                return
            }
        }
        #expect(count <= AllocationBudget.keyIn)
    }

    @Test func aBurstOfALog() {
        var packer = PayloadPacker(prefix: ResponseFrames.streamPrefix(id: "r"), allocator: testAllocator)
        let burst = ByteBuffer(repeating: UInt8(ascii: "x"), count: 16 * 1024)
        #expect(Self.framing(burst, &packer) <= AllocationBudget.logBurstOut)
    }

    @Test func anEchoOnATerminal() {
        var packer = PayloadPacker(prefix: ExecFrames.outputPrefix(id: "e", stream: nil), allocator: testAllocator)
        #expect(Self.framing(ByteBuffer(string: "a"), &packer) <= AllocationBudget.keyOut)
    }

    private static func framing(_ burst: ByteBuffer, _ packer: inout PayloadPacker) -> Int {
        Self.allocations {
            var bytes = burst
            let full = packer.append(&bytes)
            let frame = packer.takeFrame()
            guard full == nil, let frame else {
                Issue.record("a burst that is not one frame")
                return
            }
            _ = frame.sealed(.text, mask: 0x0403_0201)
        }
    }

    @Test func aPlainAnswer() throws {
        let head = try ResponseHead.reading(200, "Content-Type: application/json", "Content-Length: 13", "Server: x")
        let body = ByteBuffer(string: #"{"a":[1,2,3]}"#)
        let count = Self.allocations {
            var answer = PlainResponse(
                id: "r",
                head: head,
                limit: 1 << 20,
                takesBase64Bodies: false,
                allocator: testAllocator
            )
            guard answer.append(body), case .frame(let frame) = answer.finished() else {
                Issue.record("an answer without a frame")
                return
            }
            _ = frame.sealed(.text, mask: 0x0403_0201)
        }
        #expect(count <= AllocationBudget.answerOut)
    }

    @Test func aChunkOfTheEnginesAnswer() throws {
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: false)
        machine.received(ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
        while try machine.next() != nil {}
        var chunk = ByteBuffer(string: "4000\r\n")
        chunk.writeRepeatingByte(UInt8(ascii: "x"), count: 16 * 1024)
        chunk.writeString("\r\n")
        let count = try Self.allocations {
            machine.received(chunk)
            while try machine.next() != nil {}
        }
        #expect(count <= AllocationBudget.chunkIn)
    }
}
