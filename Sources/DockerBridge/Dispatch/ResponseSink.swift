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
