import NIOCore
import NIOHTTP1

/// A request of a local Docker client, in the form in which it can travel: no version prefix, body trimmed.
struct DockerRequest {
    let method: HTTPMethod
    /// Path and query as received, without the `/vX.Y` that clients put in front.
    let target: String
    let headers: HTTPHeaders
    let body: ByteBuffer

    init(_ head: HTTPRequestHead, body: ByteBuffer) {
        self.method = head.method
        self.target = Self.withoutVersion(head.uri)
        self.headers = head.headers
        self.body = Self.trimmed(body)
    }

    /// The header fields for the wire: lowercase, repeated ones joined, nothing that belongs to this connection.
    var forwardedHeaders: [String: String] {
        var headers = self.headers.withoutConnectionFields
        for name in ["host", "authorization", "expect"] { headers.remove(name: name) }
        return Dictionary(headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
    }

    static func withoutVersion(_ target: String) -> String {
        guard let match = target.prefixMatch(of: /\/v[0-9]+\.[0-9]+(?=\/)/) else { return target }
        return String(target[match.range.upperBound...])
    }

    private static func trimmed(_ body: ByteBuffer) -> ByteBuffer {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        let bytes = body.readableBytesView
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return ByteBuffer() }
        return ByteBuffer(bytes[first...last])
    }
}
