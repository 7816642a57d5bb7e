import Foundation

/// A session that echoes what is typed.
final class Exec: @unchecked Sendable {
    private let session: Session
    private var id = ""
    private let heard = DispatchSemaphore(value: 0)
    private let chainDone = DispatchSemaphore(value: 0)
    // Touched by the session's reader only, once the exec is ready.
    private var chainLeft = 0
    private var expected: [UInt8] = []
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    init(_ session: Session) {
        self.session = session
        self.id = session.open { self.handle($0) }
        session.send(
            #"{"type":"exec_start","data":{"execId":"\#(self.id)","containerId":"c","cmd":["cat"],"cols":80,"rows":24}}"#
        )
        self.wait(self.heard)
    }

    deinit {
        self.memory.deallocate()
    }

    private func wait(_ semaphore: DispatchSemaphore) {
        guard semaphore.wait(timeout: .now() + 60) == .success else { fail("an exec does not answer") }
    }

    private func handle(_ message: Message) {
        switch message.type {
        case "exec_ready": self.heard.signal()
        case "exec_output" where self.expected.isEmpty: self.heard.signal()
        case "exec_output": self.check(Base64Text.decode(message.payload, into: self.memory))
        default: fail("an exec ended with \(String(decoding: message.text, as: UTF8.self))")
        }
    }

    /// Seconds of one key press until its echo.
    func echo() -> Double {
        let start = ContinuousClock.now
        self.session.send(#"{"type":"exec_input","data":{"execId":"\#(self.id)","data":"aw=="}}"#)
        self.wait(self.heard)
        return start.duration(to: .now).seconds
    }

    func close() {
        self.session.close(self.id)
        self.session.send(#"{"type":"exec_end","data":{"execId":"\#(self.id)","reason":"closed"}}"#)
    }

    // MARK: A chain: the echo of each message is checked and then answered with the next one

    func beginChain(_ count: Int) {
        self.chainLeft = count
        self.sendNext()
    }

    func waitForChain() {
        self.wait(self.chainDone)
        self.expected = []
    }

    private func sendNext() {
        self.expected = (0..<48).map { _ in UInt8.random(in: 1...255) }
        let text = Data(self.expected).base64EncodedString()
        self.session.send(#"{"type":"exec_input","data":{"execId":"\#(self.id)","data":"\#(text)"}}"#)
    }

    private func check(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= self.expected.count, self.expected.starts(with: bytes) else { fail("an echo is damaged") }
        self.expected.removeFirst(bytes.count)
        guard self.expected.isEmpty else { return }
        self.chainLeft -= 1
        if self.chainLeft > 0 {
            self.sendNext()
        } else {
            self.expected = [0]
            self.chainDone.signal()
        }
    }
}
