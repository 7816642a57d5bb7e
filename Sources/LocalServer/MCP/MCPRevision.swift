import Auth
import Base
import DockerBridge
import NIOCore

/// Which revision of the protocol a request is served by.
enum MCPRevision: Equatable {
    /// Each request says its revision, in `_meta` and once more in a header field: 2026-07-28.
    case stateless
    /// A handshake said it: 2025-11-25 and earlier.
    case handshake

    static let statelessVersion = "2026-07-28"
    /// The newest first; a client that asks for another one in its handshake is offered that.
    static let handshakeVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    static let versions = [statelessVersion] + handshakeVersions

    private static let versionField = "mcp-protocol-version"
    private static let versionKey: StaticString = "io.modelcontextprotocol/protocolVersion"
    private static let capabilitiesKey: StaticString = "io.modelcontextprotocol/clientCapabilities"

    /// Whether a request that cannot be read comes from a client of the newer kind.
    static func isStateless(_ asked: AgentRequest) -> Bool { asked.field(self.versionField) == self.statelessVersion }

    /// - Throws: what the client of a newer revision is told. What a proxy on the way saw in the header fields must be what is
    ///   done here, so fields and body have to agree.
    init(of request: RPCRequest, _ asked: AgentRequest) throws(RPCRequest.Fault) {
        let field = asked.field(Self.versionField)
        let meta = request.params.flatMap { JSONMember.object("_meta", of: $0) }
        let declared = meta.flatMap { JSONMember.text(Self.versionKey, of: $0) }
        let isOld = field.map(Self.handshakeVersions.contains) ?? true
        if declared == nil, isOld, request.method != "server/discover" {
            self = .handshake
            return
        }
        if let declared, let field { try Self.compare("MCP-Protocol-Version", field, with: declared, id: request.id) }
        // Before the version's own rules: a version that is not known may have others.
        if let version = declared ?? field, version != Self.statelessVersion {
            throw .unsupported(version, id: request.id)
        }
        guard request.id != nil else { throw .invalid(-32600, "a request needs an id", id: nil) }
        try Self.compare("MCP-Protocol-Version", field, with: declared, id: request.id)
        guard let meta, JSONMember.object(Self.capabilitiesKey, of: meta) != nil else {
            throw .invalid(-32602, "_meta needs \(Self.capabilitiesKey), an object", id: request.id)
        }
        try Self.compare("Mcp-Method", asked.field("mcp-method"), with: request.method, id: request.id)
        if request.method == "tools/call" {
            let name = request.params.flatMap { JSONMember.text("name", of: $0) }
            let field = asked.field("mcp-name")
            try Self.check("Mcp-Name", field, id: request.id)
            try Self.compare("Mcp-Name", try Self.decoded(field, id: request.id), with: name, id: request.id)
        }
        self = .stateless
    }

    private static func compare(
        _ name: StaticString,
        _ field: String?,
        with value: String?,
        id: ByteBuffer?
    ) throws(RPCRequest.Fault) {
        guard let field else { throw .invalid(-32020, "Header mismatch: \(name) is missing", id: id) }
        guard let value else {
            // A header field alone says nothing: the body is what counts.
            let missing = name.description == "Mcp-Name" ? "params needs a name" : "_meta needs \(self.versionKey)"
            throw .invalid(-32602, missing, id: id)
        }
        // By bytes: equal to `String` is also what is spelled otherwise.
        guard field.utf8.elementsEqual(value.utf8) else {
            throw .invalid(-32020, "Header mismatch: \(name) is not what the body says", id: id)
        }
    }

    /// Other than ASCII travels encoded.
    private static func check(_ name: StaticString, _ field: String?, id: ByteBuffer?) throws(RPCRequest.Fault) {
        guard let field, !field.utf8.allSatisfy({ $0 == 0x09 || (0x20...0x7E).contains($0) }) else { return }
        throw .invalid(-32020, "Header mismatch: \(name) holds characters that need base64", id: id)
    }

    /// A name that is no header value travels as `=?base64?…?=`.
    private static func decoded(_ field: String?, id: ByteBuffer?) throws(RPCRequest.Fault) -> String? {
        let (start, end) = ("=?base64?", "?=")
        guard let field, field.hasPrefix(start), field.hasSuffix(end), field.utf8.count >= start.count + end.count
        else { return field }
        let text = field.dropFirst(start.count).dropLast(end.count)
        guard let bytes = ByteText.decode(text, .standard), let name = String(validating: bytes, as: UTF8.self) else {
            throw .invalid(-32020, "Header mismatch: Mcp-Name is not base64 of a name", id: id)
        }
        return name
    }
}

extension String {
    /// For a word of the client's in an answer: one letter may have any number of marks, so bytes count.
    fileprivate var cut: String { String(decoding: self.utf8.prefix(64), as: UTF8.self) }
}

extension RPCRequest.Fault {
    static func unknownMethod(_ request: RPCRequest, status: Int = 200) -> Self {
        let message = "method not found: \(request.method.cut)"
        return Self(code: -32601, message: message, id: request.id, status: status)
    }

    /// With status 400: a client of a newer revision tells by that, and by the code, whom it talks to.
    fileprivate static func invalid(_ code: Int, _ message: String, id: ByteBuffer?) -> Self {
        Self(code: code, message: message, id: id, status: 400)
    }

    fileprivate static func unsupported(_ version: String, id: ByteBuffer?) -> Self {
        let data = ByteBuffer(jsonObject: { json in
            // One of a handshake, asked for without it, is not what the client is to try again.
            json.array("supported", of: MCPRevision.versions.filter { $0 != version })
            // Longer ones are no version that a client would look for.
            json.member("requested", version.cut)
        })
        return Self(code: -32022, message: "Unsupported protocol version", id: id, status: 400, data: data)
    }
}
