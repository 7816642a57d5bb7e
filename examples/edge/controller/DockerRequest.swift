import NIOCore
import NIOHTTP1

/// A request of a local Docker client, in the form in which it can travel: body trimmed.
struct DockerRequest {
    let method: HTTPMethod
    /// Path and query as received. Whether it has the version that clients put in front is for the engine to judge.
    let wireTarget: String
    /// The same without the version.
    let target: String
    let headers: HTTPHeaders
    let body: ByteBuffer

    init(_ head: HTTPRequestHead, body: ByteBuffer) {
        self.method = head.method
        self.wireTarget = head.uri
        self.target = Self.withoutVersion(head.uri)
        self.headers = head.headers
        self.body = Self.trimmed(body)
    }

    /// One of this controller's own.
    init(get target: String) {
        self.init(HTTPRequestHead(version: .http1_1, method: .GET, uri: target), body: ByteBuffer())
    }

    /// Where an engine sends a client whose path holds empty segments; `nil` for any other.
    var cleanTarget: String? {
        let path = self.wireTarget.prefix { $0 != "?" }
        let clean = path.utf8.reduce(into: [UInt8]()) { bytes, byte in
            if byte != UInt8(ascii: "/") || bytes.last != byte { bytes.append(byte) }
        }
        guard clean.count < path.utf8.count else { return nil }
        return String(decoding: clean, as: UTF8.self) + self.wireTarget[path.endIndex...]
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

extension HTTPRequestHead {
    /// Whether a body follows that is not JSON, and so cannot travel within the frame of its request.
    var hasOtherBody: Bool {
        let hasBody =
            self.headers.contains(name: "transfer-encoding")
            || self.headers.first(name: "content-length").map { $0 != "0" } ?? false
        return hasBody
            && self.headers.first(name: "content-type")?.lowercased().hasPrefix("application/json") != true
    }

    /// Whether the client sends its body after a `100 Continue`.
    var waitsWithBody: Bool {
        self.version == .http1_1 && self.headers.first(name: "expect")?.lowercased() == "100-continue"
    }
}
