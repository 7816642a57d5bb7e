import Auth
import Drydock
import NIOCore

@testable import DockerBridge
@testable import EdgeTunnel

/// One step on the way of a frame, ready to run.
struct Step {
    let name: String
    /// Bytes of body that one run moves; 0 where that is not the point.
    let bytes: Int
    /// A slow step runs that many times less often.
    let oneIn: Int
    let body: () -> Void

    init(name: String, bytes: Int, oneIn: Int = 1, body: @escaping () -> Void) {
        self.name = name
        self.bytes = bytes
        self.oneIn = oneIn
        self.body = body
    }

    private static let allocator = ByteBufferAllocator()
    private static let burst = ByteBuffer(repeating: UInt8(ascii: "x"), count: 16 * 1024)

    static func all() -> [Step] {
        [
            self.requestIn, self.keyIn, self.burstOut, self.answerOut, self.escape, self.base64, self.mask, self.hello,
        ] + self.auth() + self.policy()
    }

    private static var requestIn: Step {
        let message = ByteBuffer(
            string: """
                {"type":"request","data":{"requestId":"0192b3a4-0000-7000-8000-000000000001","method":"GET",\
                "path":"/containers/json?all=true","headers":{"accept":"application/json","user-agent":"x"}}}
                """
        )
        return Step(name: "request-in", bytes: 0) {
            guard case .request = FrameDecoder.decode(message) else { fatalError("not a request") }
        }
    }

    private static var keyIn: Step {
        let message = ByteBuffer(
            string: #"{"type":"exec_input","data":{"execId":"0192b3a4-0000-7000-8000-000000000001","data":"YQ=="}}"#
        )
        return Step(name: "key-in", bytes: 0) {
            guard case .execInput = FrameDecoder.decode(message) else { fatalError("not input") }
        }
    }

    private static var burstOut: Step {
        final class Holder {
            var packer = PayloadPacker(prefix: ResponseFrames.streamPrefix(id: "r"), allocator: Step.allocator)
        }
        let holder = Holder()
        return Step(name: "burst-out", bytes: self.burst.readableBytes) {
            var bytes = self.burst
            _ = holder.packer.append(&bytes)
            guard let frame = holder.packer.takeFrame() else { fatalError("no frame") }
            _ = frame.sealed(.text, mask: 0x0403_0201)
        }
    }

    private static var answerOut: Step {
        var text = ByteBuffer(
            string: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16384\r\n\r\n"
        )
        guard let head = try? ResponseHeadParser.parse(&text)?.head else { fatalError("no head") }
        var body = ByteBuffer(string: "[\"")
        body.writeRepeatingByte(UInt8(ascii: "x"), count: 16 * 1024 - 4)
        body.writeString("\"]")
        return Step(name: "answer-out", bytes: body.readableBytes) {
            var answer = PlainResponse(
                id: "r",
                head: head,
                limit: 1 << 20,
                takesBase64Bodies: false,
                allocator: self.allocator
            )
            guard answer.append(body), case .frame(let frame) = answer.finished() else { fatalError("no frame") }
            _ = frame.sealed(.text, mask: 0x0403_0201)
        }
    }

    private static var escape: Step {
        let line = "2026-01-01T00:00:00Z level=info msg=\"a log line\" path=/var/lib/é\n"
        let text = ByteBuffer(string: String(repeating: line, count: 240))
        var buffer = ByteBuffer()
        return Step(name: "escape", bytes: text.readableBytes) {
            buffer.clear()
            text.withUnsafeReadableBytes { buffer.writeJSONString($0) }
        }
    }

    private static var base64: Step {
        let room = UnsafeMutableRawPointer.allocate(byteCount: 32 * 1024, alignment: 16)
        return Step(name: "base64", bytes: self.burst.readableBytes) {
            _ = self.burst.withUnsafeReadableBytes { Base64.encode($0, into: room) }
        }
    }

    private static var mask: Step {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)
        return Step(name: "mask", bytes: room.count) { WebSocketMask.apply(0x0403_0201, to: room) }
    }

    private static var hello: Step {
        let key = SigningKey.generate()
        let hello = SignedHello(
            dialect: .portwing,
            agentID: "edge-host-01",
            agentName: "edge-host-01",
            hostname: "host",
            agentVersion: "0.3.0",
            dockerVersion: "27.0.3",
            offersCompose: true
        )
        return Step(name: "signed-hello", bytes: 0) {
            var buffer = ByteBuffer()
            hello.write(into: &buffer, key: key, timestamp: 1_767_225_606, nonce: .random())
        }
    }
}
