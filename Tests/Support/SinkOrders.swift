package import DockerBridge
import NIOCore

/// What a producer can tell a `ResponseSink`.
package enum SinkEvent: CaseIterable, Sendable {
    case begin
    case write
    /// More bytes than the sink under test takes.
    case writeTooMuch
    case endBurst
    case finish
    case fail

    /// Whether a response is over behind it, whatever the sink does.
    package var isEnd: Bool { self == .finish || self == .fail }

    /// Whether the first head, if any, comes behind an end.
    package static func isHeadless(_ order: [SinkEvent]) -> Bool {
        order.first { $0 == .begin || $0.isEnd } != .begin
    }
}

/// Every order of events up to a length, those that no producer should cause included.
package struct SinkOrders {
    /// Enough for: begin, give up, then three more events of any kind.
    package static let length = 5

    private let head: ResponseHead
    private let form: AnswerForm
    private let tooMuch: ByteBuffer

    /// - Parameter tooMuch: bytes of one `writeTooMuch`.
    package init(_ head: ResponseHead, _ form: AnswerForm, tooMuch: Int) {
        self.head = head
        self.form = form
        self.tooMuch = ByteBuffer(repeating: UInt8(ascii: "x"), count: tooMuch)
    }

    /// Feeds each order to a sink of its own; `check` looks at what became of it.
    ///
    /// - Parameter length: less where a sink costs a whole connection.
    package func drive<Sink: ResponseSink>(
        length: Int = SinkOrders.length,
        _ make: () throws -> Sink,
        check: (Sink, [SinkEvent]) throws -> Void
    ) rethrows {
        for order in Self.orders(of: length) {
            let sink = try make()
            for event in order { self.send(event, to: sink) }
            try check(sink, order)
        }
    }

    package func send(_ event: SinkEvent, to sink: some ResponseSink) {
        switch event {
        case .begin: sink.begin(self.head, form: self.form)
        case .write: sink.write(ByteBuffer(string: "abc\n"))
        case .writeTooMuch: sink.write(self.tooMuch)
        case .endBurst: sink.burstEnded()
        case .finish: sink.finish()
        case .fail: sink.fail(BridgeError(.truncated, "broken"))
        }
        _ = sink.isWritable
        sink.inputBecameWritable()
        sink.bodyIsWanted()
    }

    private static func orders(of length: Int) -> [[SinkEvent]] {
        guard length > 0 else { return [[]] }
        let shorter = self.orders(of: length - 1)
        return shorter
            + shorter.filter { $0.count == length - 1 }.flatMap { order in SinkEvent.allCases.map { order + [$0] } }
    }
}
