import Base

@testable import Auth

extension Targets {
    /// Files that people write and paste.
    static func keys(_ bytes: UnsafeRawBufferPointer) {
        let text = Array(bytes)
        _ = AuthorizedKeys(parsing: text.span)
        _ = try? TokenHash(phc: String(decoding: bytes, as: UTF8.self))
        _ = try? SigningKey(pem: text.span)
    }

    /// What proxies say about the client.
    static func addresses(_ bytes: UnsafeRawBufferPointer) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        let proxies = (try? TrustedProxies(parsing: lines.first ?? "")) ?? .none
        guard let peer = IPAddress("10.0.0.1") else { fatalError("an address is none") }
        let client = ClientAddress(
            peer: peer,
            forwardedFor: Array(lines.dropFirst(2)),
            realIP: Array(lines.dropFirst().prefix(1)),
            trusting: proxies
        )
        if !proxies.contains(peer) { precondition(client.address == peer, "somebody unknown was believed") }
    }
}
