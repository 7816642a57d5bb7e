import Base
import DockerBridge
import NIOCore
import Policy

/// What an assistant may ask of this host: Model Context Protocol over Streamable HTTP, without sessions and without event
/// streams, as all its revisions allow. Clients with a handshake and clients without one are served side by side.
package struct MCPRoutes: RouteGroup {
    private static let maximumBodyBytes = 1 << 20
    /// How long a client may keep the list of tools, which changes with the agent's version only.
    private static let cacheMilliseconds = 300_000

    private let version: String
    private let tools: [any MCPTool]

    package init(version: String, tools: [any MCPTool]) {
        self.version = version
        self.tools = tools
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard path == "/_lookout/mcp" else { return nil }
        guard method == "POST" else {
            return AgentRoute("/_lookout/mcp", checksOrigin: true) { _, answer in
                var refusal = PlainAnswer(405, contentType: nil, body: ByteBuffer())
                refusal.fields.append(("Allow", "POST"))
                answer.send(refusal)
            }
        }
        return AgentRoute(
            "/_lookout/mcp",
            checksOrigin: true,
            maximumBodyBytes: Self.maximumBodyBytes,
            operation: .agentMCP
        ) { request in
            await self.answer(request)
        }
    }

    private func answer(_ asked: AgentRequest) async -> PlainAnswer {
        do throws(RPCRequest.Fault) {
            let request = try RPCRequest(parsing: asked.body)
            if request.id == nil, request.method.hasPrefix("notifications/") {
                return PlainAnswer(202, contentType: nil, body: ByteBuffer())
            }
            let result =
                switch try MCPRevision(of: request, asked) {
                case .handshake: try await self.result(of: request)
                case .stateless: try await self.statelessResult(of: request)
                }
            return self.json(200, RPCAnswer.result(result, id: request.id))
        } catch {
            // Of a body that cannot be read only the header says which revision its client speaks.
            let isStateless = MCPRevision.isStateless(asked)
            let status = isStateless && error.isMalformed ? 400 : error.status
            let isNewer = isStateless || error.status != 200
            return self.json(status, RPCAnswer.fault(error, withoutID: isNewer ? .omitted : .null))
        }
    }

    private func json(_ status: Int, _ body: ByteBuffer) -> PlainAnswer {
        PlainAnswer(status, contentType: "application/json", body: body)
    }

    private func result(of request: RPCRequest) async throws(RPCRequest.Fault) -> ByteBuffer {
        switch request.method {
        case "initialize": return self.initialized(request.params)
        case "ping": return ByteBuffer(string: "{}")
        case "tools/list": return ByteBuffer(jsonObject: { self.writeTools(into: &$0) })
        case "tools/call":
            let found = try await self.call(request)
            return ByteBuffer(jsonObject: { Self.write(found, into: &$0) })
        default:
            throw .unknownMethod(request)
        }
    }

    private func initialized(_ params: ByteBuffer?) -> ByteBuffer {
        let asked = params.flatMap { JSONMember.text("protocolVersion", of: $0) }
        let versions = MCPRevision.handshakeVersions
        let version = asked.flatMap { versions.contains($0) ? $0 : nil } ?? versions[0]
        return ByteBuffer(jsonObject: { json in
            json.member("protocolVersion", version)
            Self.writeCapabilities(into: &json)
            self.writeServer("serverInfo", into: &json)
        })
    }

    // MARK: Without a handshake

    private func statelessResult(of request: RPCRequest) async throws(RPCRequest.Fault) -> ByteBuffer {
        switch request.method {
        case "server/discover":
            return self.complete { json in
                json.array("supportedVersions", of: MCPRevision.versions)
                Self.writeCapabilities(into: &json)
                Self.writeCaching(into: &json)
            }
        case "tools/list":
            return self.complete { json in
                self.writeTools(into: &json)
                Self.writeCaching(into: &json)
            }
        case "tools/call":
            let found = try await self.call(request)
            return self.complete { Self.write(found, into: &$0) }
        default:
            throw .unknownMethod(request, status: 404)
        }
    }

    /// A result that needs nothing more of the client.
    private func complete(_ body: (inout JSONWriter<ByteBuffer>) -> Void) -> ByteBuffer {
        ByteBuffer(jsonObject: { json in
            json.member("resultType", "complete")
            body(&json)
            json.object("_meta") { self.writeServer("io.modelcontextprotocol/serverInfo", into: &$0) }
        })
    }

    private static func writeCaching(into json: inout JSONWriter<ByteBuffer>) {
        json.member("ttlMs", self.cacheMilliseconds)
        // It was asked for with a credential.
        json.member("cacheScope", "private")
    }

    // MARK: What all revisions share

    private static func writeCapabilities(into json: inout JSONWriter<ByteBuffer>) {
        json.object("capabilities") { $0.object("tools") { _ in } }
    }

    private func writeServer(_ name: StaticString, into json: inout JSONWriter<ByteBuffer>) {
        json.object(name) { json in
            json.member("name", "lookout")
            json.member("version", self.version)
        }
    }

    private func writeTools(into json: inout JSONWriter<ByteBuffer>) {
        json.array("tools") { json in
            for tool in self.tools {
                json.object { json in
                    json.member("name", tool.name)
                    json.member("description", tool.description)
                    json.key("inputSchema")
                    json.raw(tool.inputSchema)
                    json.object("annotations") { $0.member("readOnlyHint", true) }
                }
            }
        }
    }

    private typealias Found = Result<MCPToolResult, MCPToolFailure>

    private func call(_ request: RPCRequest) async throws(RPCRequest.Fault) -> Found {
        guard let params = request.params, let name = JSONMember.text("name", of: params) else {
            throw RPCRequest.Fault(code: -32602, message: "invalid tools/call params", id: request.id)
        }
        guard let tool = self.tools.first(where: { $0.name == name }) else {
            throw RPCRequest.Fault(code: -32602, message: "unknown tool: \(name)", id: request.id)
        }
        let arguments = JSONMember.object("arguments", of: params) ?? ByteBuffer(string: "{}")
        do {
            return .success(try await tool.call(arguments))
        } catch {
            return .failure(MCPToolFailure(error))
        }
    }

    private static func write(_ found: Found, into json: inout JSONWriter<ByteBuffer>) {
        json.array("content") { json in
            json.object { json in
                json.member("type", "text")
                json.key("text")
                switch found {
                case .success(let result): result.text.withUnsafeReadableBytes { json.value($0) }
                case .failure(let failure): json.value(failure.text)
                }
            }
        }
        if case .success(let result) = found {
            json.key("structuredContent")
            json.raw(result.structured)
            json.member("isError", false)
        } else {
            json.member("isError", true)
        }
    }
}
