import Base
package import DockerBridge
package import NIOCore

/// One message that answers what a Drydock asked of its adapter.
///
/// Each carries `requestId`, where the request had one, and `containerId`, both as they came.
package enum AdapterMessage: Sendable {
    /// `dd:container_log_response {requestId?, containerId, logs}` with an error in place of the log: the message has no other
    /// member for it.
    case logAnswer(AdapterTarget, error: String)
    /// `dd:container_log_chunk {requestId, containerId, stream, logs}`
    case logChunk(AdapterTarget, ByteBuffer, StdStream)
    /// `dd:container_log_end {requestId, containerId, reason}`
    case logEnd(AdapterTarget, reason: String)
    /// `dd:container_log_error {requestId, containerId, error}`
    case logError(AdapterTarget, String)
    /// `dd:container_delete_response {requestId?, containerId, success, error?}`
    case deleteAnswer(AdapterTarget, error: String?)

    /// Everything after the text that `writeLogAnswerStart` leaves open.
    package static let logAnswerEnd: StaticString = #""}}"#

    /// Writes `dd:container_log_response {requestId?, containerId, logs}` up to the opening quote of the text. The escaped
    /// text follows, then `logAnswerEnd`.
    package static func writeLogAnswerStart(_ target: AdapterTarget, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(#"{"type":"dd:container_log_response","data":{"#)
        buffer.writeJSON { json in
            target.write(into: &json)
            json.key("logs")
        }
        buffer.writeStaticString("\"")
    }

    /// Bytes that the JSON text usually stays below.
    package var usualBytes: Int {
        switch self {
        case .logChunk(_, let text, _): 256 + text.readableBytes * 5 / 4
        case .logAnswer, .logEnd, .logError, .deleteAnswer: 256
        }
    }

    /// Writes the message as one JSON text.
    package func write(into buffer: inout ByteBuffer) {
        buffer.writeJSON { json in
            json.object { json in
                json.member("type", "\(self.type)")
                json.object("data", self.writeData)
            }
        }
    }

    private var type: StaticString {
        switch self {
        case .logAnswer: "dd:container_log_response"
        case .logChunk: "dd:container_log_chunk"
        case .logEnd: "dd:container_log_end"
        case .logError: "dd:container_log_error"
        case .deleteAnswer: "dd:container_delete_response"
        }
    }

    private func writeData(into json: inout JSONWriter<ByteBuffer>) {
        switch self {
        case .logAnswer(let target, let error):
            target.write(into: &json)
            json.member("logs", "error: \(error)")
        case .logChunk(let target, let text, let stream):
            target.write(into: &json)
            json.member("stream", stream == .stderr ? "stderr" : "stdout")
            json.key("logs")
            text.withUnsafeReadableBytes { json.value($0) }
        case .logEnd(let target, let reason):
            target.write(into: &json)
            json.member("reason", reason)
        case .logError(let target, let error):
            target.write(into: &json)
            json.member("error", error)
        case .deleteAnswer(let target, let error):
            target.write(into: &json)
            json.member("success", error == nil)
            json.member("error", error)
        }
    }
}

extension AdapterTarget {
    fileprivate func write(into json: inout JSONWriter<ByteBuffer>) {
        json.member("requestId", self.requestID)
        json.member("containerId", self.containerID)
    }
}

/// What a Drydock asks of its adapter, besides Docker requests.
package enum AdapterRequest: Equatable, Sendable {
    /// `dd:container_log_request {containerId, requestId?, tail?, since?, until?, follow?, timestamps?, stream?}`
    case log(LogRequest)
    /// `dd:container_log_cancel {requestId, containerId}`; an empty container id stands for any.
    case cancelLog(requestID: String, containerID: String)
    /// `dd:container_delete_request {containerId, requestId?}`
    case delete(AdapterTarget)
}

/// Whom a request is about, and how its answers are told apart: both are echoed as they came.
package struct AdapterTarget: Equatable, Sendable {
    package var requestID: String?
    /// As it was asked for; not checked.
    package var containerID: String

    package init(requestID: String?, containerID: String) {
        self.requestID = requestID
        self.containerID = containerID
    }
}

/// Which log is asked for, and in what form.
package struct LogRequest: Equatable, Sendable {
    package var target: AdapterTarget
    package var query: LogQuery
    /// Whether the log comes in pieces while it grows, rather than in one answer.
    package var isLive: Bool
    /// What is wrong with the request, for its sender.
    package var problem: String?

    package init(target: AdapterTarget, query: LogQuery, isLive: Bool) {
        self.target = target
        self.query = query
        self.isLive = isLive
    }
}
