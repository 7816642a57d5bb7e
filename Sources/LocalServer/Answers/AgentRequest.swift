import Auth
import Base
import DockerBridge
import NIOCore

/// What one of the agent's own routes is asked.
package struct AgentRequest: Sendable {
    let method: String
    /// Without the query, as it came.
    let path: String
    /// As it came, without the question mark; `nil` where there is none.
    let query: String?
    let body: ByteBuffer
    /// `Accept`, as it came.
    let accept: String?
    /// Whom the audit trail names.
    let actor: String
    let client: ClientAddress
    /// How the request travelled here.
    let transport: Enrollment.Transport

    /// - Parameter isEncrypted: whether our own TLS, or that of a proxy we trust, was around it.
    init(_ head: RequestHead, body: ByteBuffer, actor: String, client: ClientAddress, isEncrypted: Bool) {
        self.method = head.method
        self.path = String(head.path)
        self.query =
            head.target.utf8.count > self.path.utf8.count
            ? String(head.target.dropFirst(self.path.count + 1)) : nil
        self.body = body
        self.accept = head.headers.first { $0.name.lowercased() == "accept" }?.value
        self.actor = actor
        self.client = client
        let isLocal = client.address.isLoopback && !client.hasIgnoredForwarding
        self.transport = isEncrypted ? .encrypted : isLocal ? .loopback : .plain
    }

    /// The first value of a parameter, decoded; `nil` where it is absent or empty.
    func parameter(_ name: String) -> String? {
        for pair in (self.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.first.map({ String($0).queryDecoded }) == name else { continue }
            return parts.count > 1 ? String(parts[1]).queryDecoded : nil
        }
        return nil
    }
}

extension String {
    fileprivate var queryDecoded: String {
        self.split(separator: "+", omittingEmptySubsequences: false).joined(separator: " ").percentDecoded
    }
}
