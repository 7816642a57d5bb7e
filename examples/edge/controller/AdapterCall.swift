import NIOCore
import NIOHTTP1

/// One log or delete that a local client asked for: turns the agent's frames into the client's answer.
final class AdapterCall {
    enum Kind {
        case log
        case liveLog
        case delete
    }

    let id = Identifier.wireID()
    let container: String
    let kind: Kind
    private let client: DockerConnection
    private var hasHead = false

    init(_ kind: Kind, container: String, client: DockerConnection) {
        (self.kind, self.container, self.client) = (kind, container, client)
    }

    /// - Parameter parameters: of the client's request, for the log's own members.
    func request(_ parameter: (String) -> String?) -> FrameText {
        var frame = FrameText(self.kind == .delete ? "dd:container_delete_request" : "dd:container_log_request")
        frame.add("requestId", self.id)
        frame.add("containerId", self.container)
        guard self.kind != .delete else { return frame }
        if let tail = parameter("tail").flatMap({ Int($0) }) { frame.add("tail", tail) }
        // Released controllers send a number from their live viewer and a string from their download.
        if let since = parameter("since") {
            if self.kind == .liveLog, let seconds = Int(since) {
                frame.add("since", seconds)
            } else {
                frame.add("since", since)
            }
        }
        if self.kind == .liveLog {
            frame.add("stream", true)
            frame.add("follow", true)
        }
        return frame
    }

    /// - Returns: whether more frames are expected.
    func receive(_ type: String, _ data: JSONMembers) -> Bool {
        switch type {
        case "dd:container_log_chunk":
            self.begin()
            self.client.writeBody(ByteBuffer(string: data.string("logs") ?? ""))
            return true
        case "dd:container_log_end":
            self.begin()
            self.client.endBody()
        case "dd:container_log_error": self.fail(data.string("error") ?? "no reason given")
        case "dd:container_log_response":
            self.client.respond(.ok, ["content-type": "text/plain"], ByteBuffer(string: data.string("logs") ?? ""))
        default:
            if data.decoded("success", as: Bool.self) == true {
                self.client.respond(.noContent)
            } else {
                self.fail(data.string("error") ?? "no reason given")
            }
        }
        return false
    }

    func fail(_ reason: String) {
        self.client.fail(reason)
    }

    private func begin() {
        guard !self.hasHead else { return }
        self.hasHead = true
        self.client.startBody(.ok, ["content-type": "text/plain"])
    }
}

extension Agent {
    func begin(_ call: AdapterCall, _ parameter: (String) -> String?) {
        self.calls[call.id] = call
        self.send(call.request(parameter))
    }

    /// The client has gone.
    func cancel(_ call: AdapterCall) {
        guard self.calls.removeValue(forKey: call.id) != nil, call.kind == .liveLog else { return }
        var frame = FrameText("dd:container_log_cancel")
        frame.add("requestId", call.id)
        frame.add("containerId", call.container)
        self.send(frame)
    }

    func receiveAdapter(_ type: String, _ data: JSONMembers) {
        guard let id = data.string("requestId"), let call = self.calls[id] else { return }
        if !call.receive(type, data) { self.calls[id] = nil }
    }
}
