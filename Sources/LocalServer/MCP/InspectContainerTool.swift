import Base
package import DockerBridge
package import NIOCore

/// `inspect_container`: what matters of one container. Values of environment variables never leave.
package struct InspectContainerTool: MCPTool {
    private static let documentLimit = 4 << 20

    package let name = "inspect_container"
    package let description =
        "Shows one container: state, image, mounts, networks and restart policy. Environment values are never shown."
    package let inputSchema = ContainerArgument.schema
    private let engine: EngineAPI

    package init(engine: EngineAPI) {
        self.engine = engine
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        let id = try ContainerArgument.id(in: arguments)
        let answer = try await self.engine.get(
            "/containers/\(id)/json",
            limit: Self.documentLimit,
            timeout: .seconds(10)
        )
        guard answer.isSuccess else { throw ContainerArgument.refusal(answer) }
        guard let record = try? ContainerInspect.read(answer.body) else {
            throw MCPToolFailure("the engine's answer cannot be read")
        }
        return MCPToolResult(self.object(record, answer.body))
    }

    private func object(_ record: ContainerRecord, _ document: ByteBuffer) -> ByteBuffer {
        let policy = JSONMember.object("HostConfig", of: document)
            .flatMap { JSONMember.object("RestartPolicy", of: $0) }
            .flatMap { JSONMember.text("Name", of: $0) }
        return ByteBuffer(jsonObject: { json in
            json.member("id", record.id)
            json.member("name", "/\(record.name)")
            json.object("state") { Self.writeState(JSONMember.object("State", of: document), into: &$0) }
            json.member("image", record.imageName)
            json.member("envCount", record.details.environment.count)
            json.array("mounts") { json in
                for mount in record.extras.mounts {
                    json.object { json in
                        json.member("source", mount.source)
                        json.member("destination", mount.destination)
                        json.member("readOnly", mount.isReadOnly)
                    }
                }
            }
            json.array("networks", of: record.extras.networks.map(\.name))
            json.member("restartPolicy", policy ?? "no")
        })
    }

    /// The engine's own names, and only those that were asked for: a health check's output may hold anything.
    private static func writeState(_ state: ByteBuffer?, into json: inout JSONWriter<ByteBuffer>) {
        guard let state else { return }
        json.member("Status", JSONMember.text("Status", of: state))
        let flags: [StaticString] = ["Running", "Paused", "Restarting", "OOMKilled", "Dead"]
        for flag in flags { json.member(flag, JSONMember.bool(flag, of: state) ?? false) }
        json.member("Pid", JSONMember.integer("Pid", of: state) ?? 0)
        json.member("ExitCode", JSONMember.integer("ExitCode", of: state) ?? 0)
        json.member("StartedAt", JSONMember.text("StartedAt", of: state))
        json.member("FinishedAt", JSONMember.text("FinishedAt", of: state))
        let health = JSONMember.object("Health", of: state).flatMap { JSONMember.text("Status", of: $0) }
        if let health { json.object("Health") { $0.member("Status", health) } }
    }
}

/// The argument `id` that most tools take.
enum ContainerArgument {
    static let schema: StaticString = """
        {"type":"object","properties":{"id":{"type":"string","description":"Id or name of the container"}},\
        "required":["id"]}
        """

    /// - Throws: `MCPToolFailure`.
    static func id(in arguments: ByteBuffer) throws -> String {
        guard let id = JSONMember.text("id", of: arguments), !id.isEmpty else {
            throw MCPToolFailure("id is required")
        }
        guard ContainerReference.isValid(id) else { throw MCPToolFailure("id is no id or name of a container") }
        return id
    }

    static func refusal(_ answer: CollectedResponse) -> MCPToolFailure {
        MCPToolFailure(JSONMember.text("message", of: answer.body) ?? "the engine answers \(answer.status)")
    }
}

/// Tells by the name of a label whether its value should not be shown to an assistant.
enum SecretName {
    private static let words = ["passw", "secret", "token", "apikey", "api_key", "api-key", "credential", "private"]

    /// - Returns: the value, or what stands for one that is kept back.
    static func shown(_ value: String, of name: String) -> String {
        let name = name.lowercased()
        return self.words.contains { name.contains($0) } ? "<redacted>" : value
    }
}
