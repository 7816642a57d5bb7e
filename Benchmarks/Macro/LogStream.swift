import Foundation
import Synchronization

/// A log under way, checked as it comes.
final class LogStream: @unchecked Sendable {
    private let start = ContinuousClock.now
    private let done = DispatchSemaphore(value: 0)
    private let over = Atomic(false)
    /// Written by the session's reader before it signals `done`.
    private(set) var seconds = 0.0
    private var counters = Counters()
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    init(_ session: Session, bytes: Int) {
        _ = session.request("/containers/log/logs?bytes=\(bytes)") { message in
            switch message.type {
            case "response": break
            case "stream": self.counters.check(Base64Text.decode(message.payload, into: self.memory))
            case "stream_end":
                guard self.counters.isIntact, self.counters.count == bytes else { fail("the log is damaged") }
                session.close(message.id)
                self.seconds = self.start.duration(to: .now).seconds
                self.over.store(true, ordering: .releasing)
                self.done.signal()
            default: fail("the log ended with \(String(decoding: message.text, as: UTF8.self))")
            }
        }
    }

    deinit {
        self.memory.deallocate()
    }

    var isOver: Bool { self.over.load(ordering: .acquiring) }

    func wait() {
        guard self.done.wait(timeout: .now() + 90) == .success else { fail("a log does not end") }
    }
}
