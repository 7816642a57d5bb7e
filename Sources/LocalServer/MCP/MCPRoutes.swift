import Base
import DockerBridge
import NIOCore

/// What an assistant may ask of this host: Model Context Protocol over Streamable HTTP, without sessions and without event
/// streams, as the protocol allows.
package struct MCPRoutes: RouteGroup {
    /// The newest first; a client that asks for another one is offered that.
    private static let protocolVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    private static let maximumBodyBytes = 1 << 20

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
        return AgentRoute("/_lookout/mcp", checksOrigin: true, maximumBodyBytes: Self.maximumBodyBytes) { request in
            await self.answer(request.body)
        }
    }

    private func answer(_ body: ByteBuffer) async -> PlainAnswer {
        do throws(RPCRequest.Fault) {
            let request = try RPCRequest(parsing: body)
            if request.id == nil, request.method.hasPrefix("notifications/") {
                return PlainAnswer(202, contentType: nil, body: ByteBuffer())
            }
            return self.json(RPCAnswer.result(try await self.result(of: request), id: request.id))
        } catch {
            return self.json(RPCAnswer.fault(error))
        }
    }

    private func json(_ body: ByteBuffer) -> PlainAnswer {
        PlainAnswer(200, contentType: "application/json", body: body)
    }

    private func result(of request: RPCRequest) async throws(RPCRequest.Fault) -> ByteBuffer {
        switch request.method {
        case "initialize": return self.initialized(request.params)
        case "ping": return ByteBuffer(string: "{}")
        case "tools/list": return self.toolList
        case "tools/call": return try await self.call(request)
        default:
            throw RPCRequest.Fault(code: -32601, message: "method not found: \(request.method)", id: request.id)
        }
    }

    private func initialized(_ params: ByteBuffer?) -> ByteBuffer {
        let asked = params.flatMap { JSONMember.text("protocolVersion", of: $0) }
        let version = asked.flatMap { Self.protocolVersions.contains($0) ? $0 : nil } ?? Self.protocolVersions[0]
        return ByteBuffer(jsonObject: { json in
            json.member("protocolVersion", version)
            json.object("capabilities") { $0.object("tools") { _ in } }
            json.object("serverInfo") { json in
                json.member("name", "lookout")
                json.member("version", self.version)
            }
        })
    }

    private var toolList: ByteBuffer {
        ByteBuffer(jsonObject: { json in
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
        })
    }

    private func call(_ request: RPCRequest) async throws(RPCRequest.Fault) -> ByteBuffer {
        guard let params = request.params, let name = JSONMember.text("name", of: params) else {
            throw RPCRequest.Fault(code: -32602, message: "invalid tools/call params", id: request.id)
        }
        guard let tool = self.tools.first(where: { $0.name == name }) else {
            throw RPCRequest.Fault(code: -32602, message: "unknown tool: \(name)", id: request.id)
        }
        let arguments = JSONMember.object("arguments", of: params) ?? ByteBuffer(string: "{}")
        let found: Result<MCPToolResult, MCPToolFailure>
        do {
            found = .success(try await tool.call(arguments))
        } catch {
            found = .failure(MCPToolFailure(error))
        }
        return ByteBuffer(jsonObject: { json in
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
        })
    }
}
