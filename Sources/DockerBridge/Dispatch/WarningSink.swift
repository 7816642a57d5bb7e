import NIOCore

/// Passes an answer on with one field more.
final class WarningSink: ResponseSink {
    private let sink: any ResponseSink
    private let warning: String

    init(_ sink: any ResponseSink, warning: String) {
        (self.sink, self.warning) = (sink, warning)
    }

    var isWritable: Bool { self.sink.isWritable }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        let fields = head.fields.adding("Warning", self.warning)
        var warned = ResponseHead(
            status: head.status,
            fields: fields,
            upgrade: head.upgrade,
            contentLength: head.contentLength
        )
        warned.isRaw = head.isRaw
        self.sink.begin(warned, form: form)
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
