import DockerBridge
import NIOCore

/// What a sink heard, in the end.
struct Recorded: Sendable {
    var status: Int?
    var form: AnswerForm?
    var contentType: String?
    var warning: String?
    var body = ""
    var errorCode: BridgeError.Code?
    var errorDetail: String?
    var waitedSeconds: Int64?
}

/// Writes down what it hears and takes it only while `isWritable` says so.
final class RecordingSink: ResponseSink {
    var isWritable = true
    /// Called with every piece, so that a test can stop in the middle.
    var whenWritten: (RecordingSink) -> Void = { _ in }
    /// Called when the engine takes a part of a body that comes in pieces.
    var whenAskedForBody: () -> Void = {}
    let end: EventLoopPromise<Recorded>
    private(set) var recorded = Recorded()
    private(set) var bytes = 0
    private(set) var bursts = 0

    init(eventLoop: any EventLoop) {
        self.end = eventLoop.makePromise(of: Recorded.self)
    }

    deinit {
        // A test that cancels hears no end; succeeding twice does no harm.
        self.end.succeed(self.recorded)
    }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        precondition(self.recorded.status == nil, "a second head")
        self.recorded.status = head.status
        self.recorded.form = form
        self.recorded.contentType = head.fields.first("content-type")
        self.recorded.warning = head.fields.first("warning")
    }

    func write(_ bytes: ByteBuffer) {
        self.bytes += bytes.readableBytes
        if self.bytes <= 1 << 20 { self.recorded.body += String(buffer: bytes) }
        self.whenWritten(self)
    }

    func burstEnded() {
        self.bursts += 1
    }

    func inputBecameWritable() {
        self.whenAskedForBody()
    }

    func finish() {
        self.end.succeed(self.recorded)
    }

    func fail(_ error: BridgeError) {
        self.recorded.errorCode = error.code
        self.recorded.errorDetail = error.detail
        self.recorded.waitedSeconds = error.waitedSeconds
        self.end.succeed(self.recorded)
    }
}
