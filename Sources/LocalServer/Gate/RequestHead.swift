import DockerBridge
import HTTPWire

/// A request line and its fields, sorted by whom they concern.
struct RequestHead {
    enum Body: Equatable {
        case none
        case sized(Int)
        case chunked
    }

    /// Bytes it came in, with the empty line at its end.
    var byteCount = 0
    let method: String
    /// Origin form with the raw query, or `*`.
    let target: String
    /// What it is to the engine, where it is not one of the agent's own.
    let engineRoute: EngineRoute
    /// Without the query, as it came.
    let path: Substring
    var isHTTP10 = false
    var body = Body.none
    /// Whether the client wants to send another request on this connection.
    var keepsAlive = true
    /// The protocol it wants to switch to.
    var upgrade: String?
    /// As it came; `nil` in an HTTP/1.0 request that has none.
    var host: String?
    /// It sends the body only after a `100 Continue`.
    var expectsContinue = false
    /// What goes on to the engine: neither credentials nor anything that concerns this connection only.
    var headers: [BridgeRequest.Header] = []
    /// For the gate alone.
    var credentials: [(name: String, value: String)] = []
    var forwardedFor: [String] = []
    var realIP: [String] = []

    init(method: String, target: String) {
        self.method = method
        self.target = target
        self.engineRoute = EngineRoute(method: method, target: target)
        self.path = target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
    }

    var shape: RequestShape {
        RequestShape(body: self.body, keepsAlive: self.keepsAlive, expectsContinue: self.expectsContinue)
    }

    /// Whether the connection may become raw bytes in both directions, as with an attach: by an `Upgrade`, or without one, as
    /// older clients ask.
    var mayTakeConnection: Bool { self.upgrade != nil || self.method == "POST" && self.engineRoute.isRawWithoutUpgrade }
    var isHead: Bool { self.method == "HEAD" }
    var reads: Bool { self.method == "GET" || self.isHead }
}

/// What of a request's head matters to its connection.
struct RequestShape: Equatable {
    var body: RequestHead.Body
    var keepsAlive: Bool
    /// The client sends the body only after a `100 Continue`.
    var expectsContinue: Bool
}

extension RequestHead {
    /// Says what is wrong with the path, or `nil`. It is never cleaned up and then used: two readers that disagree about
    /// a path are how a rule is walked around.
    var pathProblem: String? { Self.problem(self.path, of: self.target) }

    private static func problem(_ path: Substring, of target: String) -> String? {
        let segments = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            if segment.isEmpty, index < segments.count - 1 { return "path holds an empty segment" }
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) { return "path holds a dot segment" }
        }
        return RequestTarget.problem(target)
    }

    /// What the client has to ask for instead, where its path has a problem and only that of empty segments. Clients whose
    /// `DOCKER_HOST` ends in a slash ask so, and engines redirect them.
    ///
    /// `nil` for a target over 2 KiB: the client has not shown a credential, and a redirect is as long as what was asked.
    var cleanTarget: String? {
        guard self.target.utf8.count <= Self.longestRedirect else { return nil }
        let path = self.pathWithoutEmptySegments
        let target = String(decoding: path, as: UTF8.self) + self.target[self.path.endIndex...]
        let end = target.utf8.index(target.startIndex, offsetBy: path.count)
        return Self.problem(target[..<end], of: target) == nil ? target : nil
    }

    private static let longestRedirect = 2 << 10

    private var pathWithoutEmptySegments: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.path.utf8.count)
        for byte in self.path.utf8 where byte != UInt8(ascii: "/") || bytes.last != byte { bytes.append(byte) }
        return bytes
    }
}
