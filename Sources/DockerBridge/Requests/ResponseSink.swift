package import NIOCore

/// Where one response goes.
///
/// Everything happens on one event loop. `begin` comes at most once and first, then any number of `write`, then
/// exactly one of `finish` and `fail`; after that nothing more. `fail` may come without `begin`.
///
/// A sink relies on none of this: one that has ended a response by itself is fed on until its producer notices. Every
/// sink ignores what comes out of turn, see `ResponseProgress`.
package protocol ResponseSink: AnyObject {
    /// `false` stops reading from the engine until the owner calls `EngineExchange.resume()`.
    var isWritable: Bool { get }
    func begin(_ head: ResponseHead, form: AnswerForm)
    /// Takes a view of the bytes as they came off the engine's socket; it may be kept, never changed.
    func write(_ bytes: ByteBuffer)
    /// The engine has nothing more to read right now: pass on what was gathered.
    func burstEnded()
    func finish()
    func fail(_ error: BridgeError)
    /// The owner of the exchange cancelled it: give back what was gathered. Nothing more is called.
    func cancelled()
    /// The engine took what was written to an upgraded exchange; there is room again.
    func inputBecameWritable()
    /// The engine asks for the body that `BridgeRequest.expectsContinue` has announced. It may do so several times, or not at
    /// all.
    func bodyIsWanted()
    /// The kernel has all of `BridgeRequest.body`, and the exchange no longer holds it.
    func requestBodyWasSent()
}

extension ResponseSink {
    package func burstEnded() {}
    package func cancelled() {}
    package func inputBecameWritable() {}
    package func bodyIsWanted() {}
    package func requestBodyWasSent() {}
}

/// How far one response has come, as its sink has heard it.
///
/// A sink may end a response by itself, because it is too large or its reader has left, while the producer still has
/// bytes of it. So every sink asks here before it acts on an event, and ignores what it is told not to take: a late or
/// repeated event is neither a trap nor a second answer.
package struct ResponseProgress {
    /// How a response ended by itself.
    package enum Ending {
        case complete
        /// The response ended without a head; that is a failure.
        case headless
    }

    private enum Stage {
        case waiting
        case begun
        case over
    }

    private var stage = Stage.waiting

    package init() {}

    package var isOver: Bool { self.stage == .over }
    /// Whether bytes of the body are taken.
    package var takesBody: Bool { self.stage == .begun }

    /// - Returns: whether this head is the first one, of a response that is not over.
    package mutating func begin() -> Bool {
        guard self.stage == .waiting else { return false }
        self.stage = .begun
        return true
    }

    /// - Returns: how the response ended; `nil` when it was over before.
    package mutating func finish() -> Ending? {
        defer { self.stage = .over }
        switch self.stage {
        case .waiting: return .headless
        case .begun: return .complete
        case .over: return nil
        }
    }

    /// - Returns: whether the response ends with this failure, or with its sink's decision; `false` when it was over.
    package mutating func end() -> Bool {
        self.finish() != nil
    }
}

extension BridgeError {
    package static let headless = BridgeError(.malformedResponse, "the engine's answer ended before it began")
}

/// Passes an answer on with one field more.
final class WarningSink: ResponseSink {
    private let sink: any ResponseSink
    private let warning: String

    init(_ sink: any ResponseSink, warning: String) {
        (self.sink, self.warning) = (sink, warning)
    }

    var isWritable: Bool { self.sink.isWritable }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        var head = head
        head.fields = head.fields.adding("Warning", self.warning)
        self.sink.begin(head, form: form)
    }

    func write(_ bytes: ByteBuffer) { self.sink.write(bytes) }
    func burstEnded() { self.sink.burstEnded() }
    func finish() { self.sink.finish() }
    func fail(_ error: BridgeError) { self.sink.fail(error) }
    func cancelled() { self.sink.cancelled() }
    func inputBecameWritable() { self.sink.inputBecameWritable() }
    func bodyIsWanted() { self.sink.bodyIsWanted() }
    func requestBodyWasSent() { self.sink.requestBodyWasSent() }
}
