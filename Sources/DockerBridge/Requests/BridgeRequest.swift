import Base
import HTTPWire
package import NIOCore
import Policy

/// One request for the engine, as a door hands it over: already authenticated, its header lines already filtered
/// by the rules of that door.
package struct BridgeRequest {
    /// An HTTP token such as `GET`; checked by the dispatcher.
    package let method: String
    /// Origin form with the raw query, with or without an API version in front.
    package private(set) var target: String
    /// What the request is to the engine.
    package let route: EngineRoute
    package var headers: [Header]
    /// The complete body. `nil` sends none; an empty buffer sends `Content-Length: 0`.
    package var body: ByteBuffer?
    /// How a body is framed that comes piece by piece through `EngineExchange.writeBody`; `body` is `nil` then.
    package var streamedBody: StreamedBody?
    /// Whether the engine is told that a streamed body may wait until it is ready for it.
    package var expectsContinue = false
    /// Whether the connection itself is the answer, raw and in both directions, where the engine has succeeded and names no
    /// end: what an attach without `Upgrade` is given.
    package var mayBecomeRaw = false
    /// Off where the target goes out exactly as it came.
    package var takesVersionPrefix = true
    /// The client as the audit trail names it; may be empty.
    package var actor = ""
    /// Who wants it. What a peer wants, the policy of this host is asked about.
    package let asker: Asker

    /// Whose request it is.
    package enum Asker: Sendable, Equatable {
        /// The agent itself, for its own work.
        case agent
        /// The peer that sent it, by the name that it has proved; `nil` where it has proved none.
        case peer(identity: String?)
    }

    /// How the length of a body that follows is announced.
    package enum StreamedBody: Sendable, Equatable {
        /// `Content-Length`; exactly as many bytes follow.
        case sized(Int)
        case chunked
    }

    /// One field line.
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// - Parameter asker: without a default, so that no request of a peer passes for one of the agent's own.
    package init(method: String, target: String, asker: Asker, headers: [Header] = [], body: ByteBuffer? = nil) {
        let route = EngineRoute(method: method, target: target)
        self.init(method: method, target: target, route: route, asker: asker, headers: headers, body: body)
    }

    /// - Parameter route: found for `method` and `target`.
    package init(
        method: String,
        target: String,
        route: EngineRoute,
        asker: Asker,
        headers: [Header] = [],
        body: ByteBuffer? = nil
    ) {
        self.method = method
        self.target = target
        self.route = route
        self.asker = asker
        self.headers = headers
        self.body = body
    }
}

extension BridgeRequest {
    /// - Parameter target: of the same route.
    func with(target: String) -> BridgeRequest {
        var request = self
        request.target = target
        return request
    }

    /// What the policy is asked about besides the operation of the route.
    ///
    /// What an engine makes of the bytes on a connection that it gives away is known only where giving it away is the answer:
    /// another protocol would carry requests that are not looked at. And Docker's engine reads parameters from a form in the body,
    /// which count before those of the query.
    func others(asksForUpgrade: Bool) -> OperationSet {
        var others = self.route.others
        if asksForUpgrade && self.route.transfer != .hijack || self.bringsForm { others.insert(.unknown) }
        return others
    }

    /// Whether there is a body that calls itself a form. Clients such as curl call an empty one so, too.
    var bringsForm: Bool {
        guard self.body.map({ $0.readableBytes > 0 }) ?? self.streamedBody.map({ $0 != .sized(0) }) ?? false else {
            return false
        }
        return self.headers.contains { header in
            header.name.lowercased() == "content-type" && header.value.lowercased().contains("form")
        }
    }

    /// Reports what would make an ill-formed or ambiguous request head, or `nil` when all is well.
    ///
    /// The engine reads what we write as HTTP/1.1, so a line break in any of these would be a second request.
    func problem() -> String? {
        guard (1...32).contains(self.method.utf8.count), self.method.utf8.allSatisfy(\.isTokenByte) else {
            return "method must be an HTTP token of at most 32 characters"
        }
        if let problem = RequestTarget.problem(self.target) { return problem }
        for header in self.headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(\.isTokenByte) else {
                return "header name is not an HTTP token"
            }
            guard header.value.utf8.allSatisfy(\.isFieldValueByte) else {
                return "value of header \(header.name) holds a control character"
            }
        }
        return nil
    }
}

/// Checks a container id or name that is about to become part of a path.
package enum ContainerReference {
    /// Docker's own rule for names, bounded: `[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}`.
    package static func isValid(_ text: String) -> Bool {
        let utf8 = text.utf8
        guard (1...128).contains(utf8.count), utf8.first?.isAlphanumeric == true else { return false }
        return utf8.allSatisfy { $0.isAlphanumeric || $0 == 0x5f || $0 == 0x2e || $0 == 0x2d }
    }
}
