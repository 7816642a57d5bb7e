import Auth
import Base
import DockerBridge

/// Refuses requests that a web page makes through the browser of a person on this host.
///
/// A browser sends any page's requests to any address that it can reach, so "who reaches the port" does not answer "who
/// asks". Two fields that a page cannot choose tell the difference. `Host` names the page's own site after DNS rebinding,
/// where a name of the page's owner suddenly resolves to 127.0.0.1; an IP address cannot be rebound. `Origin` names the
/// page behind a cross-site request and behind every WebSocket. Where a request has no `Origin`, `Sec-Fetch-Site` says
/// whether another site caused it. Programs send neither of the two latter.
///
/// A credential is the stronger check, because no page has it: with one, only routes that demand it check `Origin`.
package struct BrowserGuard: Sendable {
    /// What a `Host` has to be for a caller that shows no credential.
    package enum HostRule: Sendable {
        /// No check: no page reaches a Unix socket, and programs write there what they like.
        case anything
        /// No check: the listener's certificate names the host, and a browser compares.
        case certified
        /// This host, as on a loopback address.
        case loopback
        /// Any IP address too: callers on other hosts name this one by its address.
        case addresses
    }

    private let rule: HostRule
    package let allowedHosts: Set<String>
    private let allowedOrigins: Set<WebOrigin>

    package init(_ rule: HostRule, allowedHosts: Set<String> = [], allowedOrigins: Set<WebOrigin> = []) {
        self.rule = rule
        self.allowedHosts = allowedHosts
        self.allowedOrigins = allowedOrigins
    }

    /// An entry of `ALLOWED_HOSTS` in the spelling that `allowedHosts` is compared by; `nil` for what is not a host.
    package static func host(_ text: String) -> String? {
        IPAddress(text)?.description ?? HostAndPort.canonical(text)
    }

    /// - Parameters:
    ///   - identity: who asks.
    ///   - checksOrigin: whether the route checks `Origin` of every client.
    func refusal(
        of head: RequestHead,
        from identity: Authenticator.Identity,
        checksOrigin: Bool
    ) -> AuthFailure? {
        if identity == .anonymous { return self.hostRefusal(head) ?? self.originRefusal(head) }
        return checksOrigin ? self.originRefusal(head) : nil
    }

    // MARK: Host

    private func hostRefusal(_ head: RequestHead) -> AuthFailure? {
        // HTTP/1.0 has no Host, and no browser speaks it.
        guard let field = head.host else { return nil }
        let isGood =
            switch self.rule {
            case .anything, .certified: true
            case .loopback: self.isLocal(HostAndPort(field)?.host)
            case .addresses: self.cannotBeRebound(HostAndPort(field)?.host)
            }
        guard !isGood else { return nil }
        return .foreignPage(
            "the Host '\(Self.quoted(field))' is not a name of this host, as after DNS rebinding; "
                + "set ALLOWED_HOSTS to accept it, or ask with a credential"
        )
    }

    /// Whether it names this host, or is accepted in its place.
    private func isLocal(_ host: String?) -> Bool {
        guard let host else { return false }
        return self.allowedHosts.contains(host) || host == "localhost" || host.hasSuffix(".localhost")
            || IPAddress(host)?.isLoopback ?? false
    }

    private func cannotBeRebound(_ host: String?) -> Bool {
        self.isLocal(host) || host.flatMap { IPAddress($0) } != nil
    }

    // MARK: Origin

    private func originRefusal(_ head: RequestHead) -> AuthFailure? {
        let origins = head.headers.filter { $0.name.lowercased() == "origin" }
        for origin in origins where !self.isOwn(origin.value, host: head.host) {
            return .foreignPage(
                "the page at '\(Self.quoted(origin.value))' may not use this agent; set ALLOWED_ORIGINS to let it"
            )
        }
        guard origins.isEmpty,
            let site = head.headers.first(where: { $0.name.lowercased() == "sec-fetch-site" })?.value.lowercased(),
            site != "none", site != "same-origin"
        else { return nil }
        return .foreignPage(
            "a page of another site caused this request (Sec-Fetch-Site '\(Self.quoted(site))'), and no page may use this agent"
        )
    }

    /// Whether a page is this listener's own, or an accepted one.
    ///
    /// `null` stands for sandboxed frames and local files, which any page can make: it is not an origin.
    private func isOwn(_ text: String, host field: String?) -> Bool {
        guard let origin = WebOrigin(text) else { return false }
        if self.allowedOrigins.contains(origin) { return true }
        guard let port = origin.port, let own = field.flatMap({ HostAndPort($0) }), own.host == origin.host,
            own.port ?? origin.defaultPort == port
        else { return false }
        // After rebinding the page's own name stands in both fields.
        if case .certified = self.rule { return true }
        return self.cannotBeRebound(own.host)
    }

    /// The value as far as it fits into a sentence.
    private static func quoted(_ value: String) -> String {
        value.utf8.count > 100 ? "\(value.prefix(100))…" : value
    }
}
