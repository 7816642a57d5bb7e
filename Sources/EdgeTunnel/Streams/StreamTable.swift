import DockerBridge
import NIOCore

/// What is open on one tunnel, by the ids of its controller, and which new streams there is a place for.
///
/// A value. `Request` and `Exec` are whatever the owner keeps for a stream; the table only hands them back.
struct StreamTable<Request, Exec> {
    /// Requests in flight; the number a Drydock keeps pending for one agent.
    static var maximumRequests: Int { 100 }

    /// `MAX_EXEC_SESSIONS`.
    let maximumExecs: Int
    /// `MAX_STREAM_SESSIONS`; `nil` for no limit beside that of all requests.
    let maximumStreams: Int?
    private(set) var requests: [String: Request] = [:]
    /// Ids of those requests whose answers stream.
    private(set) var streaming: Set<String> = []
    /// Ids of those requests whose bodies come in frames and have not ended. Such a request may have its answer already.
    private(set) var uploading: Set<String> = []
    var execs: [String: Exec] = [:]

    init(
        requests: [String: Request] = [:],
        execs: [String: Exec] = [:],
        maximumExecs: Int = 100,
        maximumStreams: Int? = nil
    ) {
        self.requests = requests
        self.execs = execs
        self.maximumExecs = maximumExecs
        self.maximumStreams = maximumStreams
    }

    mutating func open(_ request: Request, id: String, form: AnswerForm, streamsBody: Bool = false) {
        self.requests[id] = request
        if streamsBody { self.uploading.insert(id) }
        switch form {
        case .plain: break
        case .stream: self.streaming.insert(id)
        }
    }

    /// - Returns: the request, `nil` when it is over.
    @discardableResult
    mutating func closeRequest(_ id: String) -> Request? {
        self.streaming.remove(id)
        self.uploading.remove(id)
        return self.requests.removeValue(forKey: id)
    }

    /// The request `id`, while its body comes.
    func upload(_ id: String) -> Request? {
        self.uploading.contains(id) ? self.requests[id] : nil
    }

    /// The requests whose bodies come.
    var uploads: [Request] { self.uploading.compactMap { self.requests[$0] } }

    /// What a `stream_end` means: the body ends, or the answer is not wanted.
    mutating func end(_ id: String, isCanceled: Bool) -> StreamAction<Request, Exec>? {
        if !isCanceled, let request = self.upload(id) {
            self.uploading.remove(id)
            return .endBody(request)
        }
        return self.closeRequest(id).map { .cancel($0) }
    }

    func admit(_ request: RequestFrame) -> StreamAction<Request, Exec> {
        // The pieces behind the second one would become a part of the first one's body.
        if let upload = self.upload(request.id) { return .breakBody(upload, reason: "duplicate requestId") }
        if self.requests[request.id] != nil { return .refuseRequest(id: request.id, reason: "duplicate requestId") }
        guard self.requests.count < Self.maximumRequests else {
            return .refuseRequest(id: request.id, reason: "agent busy: too many concurrent requests")
        }
        if let most = self.maximumStreams, self.streaming.count >= most, request.route.form == .stream {
            let reason = "\(most) streams are open, as many as MAX_STREAM_SESSIONS allows; close one, or raise it"
            return .refuseStream(id: request.id, reason: reason)
        }
        return .begin(request)
    }

    /// - Returns: `nil` under a live id: a second start would take over the terminal of the first one.
    func admit(_ start: ExecStartFrame) -> StreamAction<Request, Exec>? {
        guard self.execs[start.id] == nil else { return nil }
        guard self.execs.count < self.maximumExecs else {
            return .refuseExec(id: start.id, reason: "session limit reached")
        }
        return .beginExec(start)
    }
}

extension StreamTable: Equatable where Request: Equatable, Exec: Equatable {}
extension StreamTable: Sendable where Request: Sendable, Exec: Sendable {}

/// What a controller's frame asks of the streams of its tunnel.
enum StreamAction<Request, Exec> {
    case begin(RequestFrame)
    case refuseRequest(id: String, reason: String)
    /// With status 503, in the form of a stream.
    case refuseStream(id: String, reason: String)
    case cancel(Request)
    /// A piece of the request's body.
    case body(Request, ByteBuffer)
    case endBody(Request)
    /// A piece of the request's body is lost: end the request with `reason`.
    case breakBody(Request, reason: String)
    /// A piece of a body is lost, and it is not known of which: end all these requests with `reason`.
    case breakBodies([Request], reason: String)
    case beginExec(ExecStartFrame)
    case refuseExec(id: String, reason: String)
    case input(Exec, ByteBuffer)
    case resize(Exec, TerminalSize)
    /// The controller ends the session: nothing more is sent for it.
    case endExec(Exec)
    /// Some of the session's input is lost: end it with `reason`.
    case breakExec(Exec, reason: String)
}

extension StreamAction: Equatable where Request: Equatable, Exec: Equatable {}
extension StreamAction: Sendable where Request: Sendable, Exec: Sendable {}
