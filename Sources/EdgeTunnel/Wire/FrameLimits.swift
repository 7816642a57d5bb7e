import DockerBridge
import Drydock
import NIOCore

/// How long the fields of an inbound frame may be.
///
/// Ids and container references are echoed in answers, timestamps in pongs; paths, commands and reasons are kept, passed on
/// or logged. All of them have a limit, so that no answer, log line or table entry grows with what a peer sends.
enum FrameLimits {
    /// A UUID has 36.
    static let idBytes = 256
    /// Milliseconds since 1970 have 13 digits.
    static let timestampBytes = 64
    static let methodBytes = 32
    static let pathBytes = 64 * 1024
    /// All header values that travel on: two of them hold credentials of registries.
    static let headerBytes = 128 * 1024
    /// Linux takes no longer single argument; here it is the sum of all.
    static let commandBytes = 128 * 1024
    static let longCommand = "cmd is longer than \(commandBytes) bytes"
    static let userBytes = 256
    /// Words that are only logged or shown: codes, reasons, versions, types.
    static let wordBytes = 512

    static func cut(_ text: String) -> String {
        text.utf8.count <= self.wordBytes
            ? text : String(decoding: text.utf8.prefix(self.wordBytes), as: UTF8.self) + "…"
    }

    /// The complaint about a field that is too long; `nil` where it is not.
    static func problem(_ name: StaticString, _ text: String?, _ limit: Int) -> String? {
        guard let text, text.utf8.count > limit else { return nil }
        return "\(name) is longer than \(limit) bytes"
    }
}

extension InboundFrame {
    /// This frame, or what takes its place because a field of it is too long.
    func limited() -> InboundFrame {
        if let malformed = self.problem { return .malformed(malformed) }
        switch self {
        case .welcome(let welcome): return .welcome(welcome.limited())
        case .error(let error): return .error(error.limited())
        case .ping(let timestamp?) where timestamp.readableBytes > FrameLimits.timestampBytes:
            // A pong without one is an answer too.
            return .ping(timestamp: nil)
        case .unknown(let type): return .unknown(type: FrameLimits.cut(type))
        case .malformed(let malformed): return .malformed(malformed.limited())
        case .ping, .pong, .request, .stream, .streamEnd, .execStart, .execInput, .execResize, .execEnd, .adapter:
            return self
        }
    }

    private var problem: Malformed? {
        switch self {
        case .execStart(let start): start.problem
        case .adapter(let request): request.problem.map { Malformed(unanswerable: $0) }
        case .stream(let id, _): Self.problem("requestId", id)
        case .streamEnd(let id, _): Self.problem("requestId", id)
        case .execInput(let id, _): Self.problem("execId", id)
        case .execResize(let id, _): Self.problem("execId", id)
        case .execEnd(let id): Self.problem("execId", id)
        // A request was checked before it was made.
        case .welcome, .error, .ping, .pong, .request, .unknown, .malformed: nil
        }
    }

    private static func problem(_ name: StaticString, _ id: String) -> Malformed? {
        FrameLimits.problem(name, id, FrameLimits.idBytes).map { Malformed(unanswerable: $0) }
    }
}

extension Malformed {
    /// Without an id that could be echoed; the controller is told all the same.
    init(unanswerable reason: String) {
        self.init(reason: reason)
        self.isTold = true
    }

    /// Of a frame that may have been a piece of any body.
    init(losingAnyBody reason: String) {
        self.init(reason: reason)
        self.losesAnyBody = true
    }

    /// Echoes no id that is too long.
    func limited() -> Malformed {
        let problem =
            FrameLimits.problem("requestId", self.requestID, FrameLimits.idBytes)
            ?? FrameLimits.problem("execId", self.execID, FrameLimits.idBytes)
        if let problem { return Malformed(unanswerable: problem) }
        var result = self
        result.reason = FrameLimits.cut(self.reason)
        return result
    }
}

extension Welcome {
    fileprivate func limited() -> Welcome {
        var result = self
        result.drydockVersion = self.drydockVersion.map(FrameLimits.cut)
        result.serverCompatLevel = self.serverCompatLevel.map(FrameLimits.cut)
        return result
    }
}

extension PeerError {
    fileprivate func limited() -> PeerError {
        var result = self
        result.code = self.code.map(FrameLimits.cut)
        result.message = FrameLimits.cut(self.message)
        // No request of ours has an id that long.
        if let id = self.requestID, id.utf8.count > FrameLimits.idBytes { result.requestID = nil }
        return result
    }
}

extension RequestFrame {
    /// What the request makes the agent hold, in bytes.
    var heldBytes: Int {
        (self.body?.readableBytes ?? 0) + self.path.utf8.count + Self.bytes(of: self.headers)
    }

    private static func bytes(of headers: [BridgeRequest.Header]) -> Int {
        var bytes = 0
        // By position: to iterate would allocate for each header.
        for index in headers.indices { bytes += headers[index].value.utf8.count }
        return bytes
    }

    /// What is too long in a request; `nil` where nothing is.
    static func problem(
        id: String,
        method: String,
        path: String,
        headers: [BridgeRequest.Header]
    ) -> Malformed? {
        if let problem = FrameLimits.problem("requestId", id, FrameLimits.idBytes) {
            return Malformed(unanswerable: problem)
        }
        // Straight on, because every request comes this way: closures would allocate.
        if let problem = FrameLimits.problem("method", method, FrameLimits.methodBytes) {
            return Malformed(reason: problem, requestID: id)
        }
        if let problem = FrameLimits.problem("path", path, FrameLimits.pathBytes) {
            return Malformed(reason: problem, requestID: id)
        }
        guard Self.bytes(of: headers) > FrameLimits.headerBytes else { return nil }
        let problem = "header values are longer than \(FrameLimits.headerBytes) bytes together"
        return Malformed(reason: problem, requestID: id)
    }
}

extension ExecStartFrame {
    fileprivate var problem: Malformed? {
        if let problem = FrameLimits.problem("execId", self.id, FrameLimits.idBytes) {
            return Malformed(unanswerable: problem)
        }
        // The command's length was checked while it was read.
        return FrameLimits.problem("user", self.spec.user, FrameLimits.userBytes).map {
            Malformed(reason: $0, execID: self.id)
        }
    }
}

extension AdapterRequest {
    fileprivate var problem: String? {
        switch self {
        case .log(let request): request.target.problem
        case .cancelLog(let request, let container):
            AdapterTarget(requestID: request, containerID: container).problem
        case .delete(let target): target.problem
        }
    }
}

extension AdapterTarget {
    fileprivate var problem: String? {
        FrameLimits.problem("requestId", self.requestID, FrameLimits.idBytes)
            ?? FrameLimits.problem("containerId", self.containerID, FrameLimits.idBytes)
    }
}
