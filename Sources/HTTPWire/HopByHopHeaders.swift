/// Header fields that concern one connection only and never travel on (RFC 9110 §7.6.1).
package enum HopByHopHeaders {
    private static let names: [StaticString] = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    package static func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        for candidate in Self.names where name.equalsIgnoringCase(candidate) {
            return true
        }
        return false
    }
}
