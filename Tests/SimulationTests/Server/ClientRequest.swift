import Auth
import NIOCore
import Support

@testable import LocalServer

/// One request that a client is going to send, well or badly made, and what may be answered to it.
struct ClientRequest {
    enum Kind: Equatable {
        /// `/health`: answered at once, to strangers too.
        case health
        /// `/ready`: the same, after a while.
        case ready
        /// Returns its body.
        case echo
        /// A route of the agent's own that never answers.
        case silent
        /// A route of the agent's own that answers for as long as the client stays.
        case events
        case engine
        /// An operation of the engine that may take as long as it likes.
        case longWork
        case upgrade
        /// Not a request.
        case garbage
    }

    enum Credential { case none, token, wrongToken, signature, forgery }

    let kind: Kind
    let credential: Credential
    /// Names the engine's plan; comes back in its answer.
    let key: Int
    var isHead = false
    /// Where it lies in the client's bytes. `end` is beyond them where less is sent than was announced.
    private(set) var start = 0
    private(set) var headEnd = 0
    private(set) var end = 0
    private(set) var hasBody = false
    /// It never becomes complete, or it becomes something else.
    private(set) var isBroken = false
    /// When the agent had read that far.
    var startSeen: NIODeadline?
    var headSeen: NIODeadline?
    var endSeen: NIODeadline?

    private init(_ kind: Kind, _ credential: Credential, key: Int) {
        (self.kind, self.credential, self.key) = (kind, credential, key)
    }

    var isPublic: Bool { self.kind == .health || self.kind == .ready }
    var isForEngine: Bool { self.kind == .engine || self.kind == .longWork || self.kind == .upgrade }
    /// Whether its body is read to the end before anything is decided.
    var isGathered: Bool {
        guard self.hasBody else { return false }
        return self.isPublic || self.isSigned || self.kind == .echo || self.kind == .silent || self.kind == .events
            || self.kind == .upgrade
    }
    var isSigned: Bool { self.credential == .signature || self.credential == .forgery }

    /// - Parameter isDerived: whether verdicts over tokens are left to chance.
    func mayBeLetIn(_ isDerived: Bool) -> Bool {
        switch self.credential {
        case .token, .signature: true
        case .wrongToken: isDerived
        case .none, .forgery: false
        }
    }

    /// What the client sends as the body of a request with this key.
    static func upload(_ key: Int) -> Pattern { Pattern(key: UInt64(key) &* 7919) }

    // MARK: What may be answered

    /// Says what is wrong with an answer.
    ///
    /// - Parameters:
    ///   - key: of the engine's plan, if the answer is the engine's.
    ///   - isDerived: whether verdicts over tokens are left to chance.
    func problem(status: Int, key: Int?, plan: AnswerPlan, isDerived: Bool) -> String? {
        if let key {
            guard self.isForEngine, self.mayBeLetIn(isDerived) else {
                return "the engine answers a request that it must not have"
            }
            guard key == self.key else { return "the engine's answer to \(key) is given to \(self.key)" }
            return status == plan.status || status == 101 ? nil : "the engine said \(plan.status), not \(status)"
        }
        return self.ownAnswers(isDerived).contains(status) ? nil : "\(self) is answered with \(status)"
    }

    private func ownAnswers(_ isDerived: Bool) -> Set<Int> {
        if self.kind == .garbage { return [400, 401, 405, 408, 413, 417, 429, 431, 501, 503, 505] }
        // Memory that strangers share; a body that is late, too long or malformed.
        let usual: Set<Int> = self.isBroken ? [400, 408, 413, 503] : self.hasBody ? [408, 413, 503] : [503]
        if self.isPublic { return usual.union([200]) }
        guard self.mayBeLetIn(isDerived) else { return usual.union([401, 429]) }
        let refusals: Set<Int> = isDerived || self.isSigned ? [401, 429] : [429]
        let work: Set<Int> =
            switch self.kind {
            case .health, .ready, .garbage: []
            case .echo, .events: [200]
            case .silent: [504]
            case .engine, .longWork, .upgrade: [502, 504]
            }
        return usual.union(refusals).union(work)
    }
}

extension ClientRequest: CustomStringConvertible {
    var description: String { "\(self.kind) \(self.key) with \(self.credential)" }
}

// MARK: Making one

extension ClientRequest {
    /// Appends a request to `wire`.
    ///
    /// - Parameter isLast: nothing follows it, so it may be one that does not end.
    static func write(
        into wire: inout ByteBuffer,
        key: Int,
        isLast: Bool,
        signer: RequestSigner,
        random: inout SplitMix
    ) -> Self {
        if isLast, random.next() % 4 == 0 { return self.garbage(into: &wire, key: key, random: &random) }
        let kinds: [Kind] = [
            .health, .health, .health, .ready, .echo, .echo, .silent, .events, .engine, .engine, .engine, .engine,
            .engine,
            .longWork, .upgrade,
        ]
        var kind = kinds[Int(random.next() % UInt64(kinds.count))]
        // Both are the last that a connection carries.
        if !isLast, kind == .upgrade || kind == .events { kind = .engine }
        let credentials: [Credential] = [.token, .token, .token, .token, .signature, .none, .wrongToken, .forgery]
        var request = Self(kind, credentials[Int(random.next() % UInt64(credentials.count))], key: key)
        request.start = wire.writerIndex
        request.hasBody =
            switch kind {
            case .echo, .longWork: true
            case .engine: random.next() % 3 == 0
            case .health: random.next() % 8 == 0
            case .ready, .silent, .events, .upgrade, .garbage: false
            }
        request.isHead = kind == .engine && !request.hasBody && random.next() % 8 == 0
        request.write(into: &wire, isLast: isLast, signer: signer, random: &random)
        return request
    }

    /// A request that costs its client nothing.
    static func smallest(into wire: inout ByteBuffer, key: Int) -> Self {
        var request = Self(.health, .none, key: key)
        request.start = wire.writerIndex
        wire.writeString("GET \(request.target) HTTP/1.1\r\nHost: x\r\n\r\n")
        request.headEnd = wire.writerIndex
        request.end = wire.writerIndex
        return request
    }

    private var target: String {
        switch self.kind {
        case .health: "/health?k=\(self.key)"
        case .ready: "/ready?k=\(self.key)"
        case .echo: "/api/echo?k=\(self.key)"
        case .silent: "/api/silent?k=\(self.key)"
        case .events: "/api/events?k=\(self.key)"
        case .engine, .garbage: "/info?k=\(self.key)"
        case .longWork: "/build?k=\(self.key)"
        case .upgrade: "/attach?k=\(self.key)"
        }
    }

    private mutating func write(
        into wire: inout ByteBuffer,
        isLast: Bool,
        signer: RequestSigner,
        random: inout SplitMix
    ) {
        let method = self.hasBody ? "POST" : self.isHead ? "HEAD" : "GET"
        let body = self.hasBody ? Self.upload(self.key).bytes(0, self.bodySize(&random)) : ByteBuffer()
        var fields = signer.fields(self.credential, method: method, target: self.target, body: body, random: &random)
        if random.next() % 12 == 0 {
            fields += "X-Filler: \(String(repeating: "f", count: Int(random.next() % 12_000)))\r\n"
        }
        if self.kind == .upgrade { fields += "Connection: Upgrade\r\nUpgrade: tcp\r\n" }
        if self.kind != .upgrade, isLast, random.next() % 2 == 0 { fields += "Connection: close\r\n" }
        if self.hasBody, random.next() % 6 == 0 { fields += "Expect: 100-continue\r\n" }
        let isChunked = self.hasBody && random.next() % 3 == 0
        let missing = isLast && self.hasBody && random.next() % 4 == 0 ? 1 + Int(random.next() % (1 << 30)) : 0
        if isChunked {
            fields += "Transfer-Encoding: chunked\r\n"
        } else if self.hasBody {
            fields += "Content-Length: \(body.readableBytes + missing)\r\n"
        }
        wire.writeString("\(method) \(self.target) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
        self.headEnd = wire.writerIndex
        if isChunked {
            Self.writeChunks(of: body, into: &wire, random: &random)
        } else {
            wire.writeImmutableBuffer(body)
        }
        self.end = wire.writerIndex
        if isChunked { self.end += 5 }
        guard missing > 0 else {
            if isChunked { wire.writeString("0\r\n\r\n") }
            return
        }
        self.isBroken = true
        self.end += missing
        if isChunked, random.next() % 2 == 0 { wire.writeString("zz\r\n") }
    }

    private func bodySize(_ random: inout SplitMix) -> Int {
        // Announced with `Expect` or not, an empty body is none.
        let sizes = [1, 10, 300, 5000, 60_000, 70_000, 400_000]
        return 1 + Int(random.next() % UInt64(sizes[Int(random.next() % UInt64(sizes.count))]))
    }

    private static func writeChunks(of body: ByteBuffer, into wire: inout ByteBuffer, random: inout SplitMix) {
        var body = body
        while body.readableBytes > 0 {
            let count = min(body.readableBytes, 1 + Int(random.next() % 30_000))
            wire.writeString(String(count, radix: 16) + "\r\n")
            wire.writeImmutableBuffer(body.readSlice(length: count)!)
            wire.writeString("\r\n")
        }
    }

    /// What follows the requests of a client that never stops: a head without an end.
    static func filler(behind wire: ByteBuffer, key: Int) -> Self {
        var request = Self(.garbage, .none, key: key)
        request.start = wire.writerIndex
        request.headEnd = .max
        request.end = .max
        request.isBroken = true
        return request
    }

    private static func garbage(into wire: inout ByteBuffer, key: Int, random: inout SplitMix) -> Self {
        var request = Self(.garbage, .none, key: key)
        request.start = wire.writerIndex
        let heads = [
            "SSH-2.0-x\r\n\r\n", "GET  /info HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n", "{\"a\":1}\r\n",
            "GET /info HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "GET /info HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /info HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n", "GET /info HTTP/7.0\r\nHost: x\r\n\r\n",
            "GET /info HTTP/1.1\r\nHost: x\r\n", "GET /" + String(repeating: "a", count: 70_000),
            "POST /info HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "G",
        ]
        wire.writeString(heads[Int(random.next() % UInt64(heads.count))])
        request.headEnd = wire.writerIndex
        request.end = wire.writerIndex
        request.isBroken = true
        return request
    }
}
