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
        var result = ByteBuffer()
        var object = JSONObjectWriter(&result)
        object.write("id", record.id, into: &result)
        object.write("name", "/\(record.name)", into: &result)
        object.key("state", into: &result)
        Self.writeState(JSONMember.object("State", of: document), into: &result)
        object.write("image", record.imageName, into: &result)
        object.write("envCount", record.details.environment.count, into: &result)
        object.key("mounts", into: &result)
        result.writeStaticString("[")
        for (index, mount) in record.extras.mounts.enumerated() {
            if index > 0 { result.writeStaticString(",") }
            var entry = JSONObjectWriter(&result)
            entry.write("source", mount.source, into: &result)
            entry.write("destination", mount.destination, into: &result)
            entry.write("readOnly", mount.isReadOnly, into: &result)
            entry.end(&result)
        }
        result.writeStaticString("]")
        object.key("networks", into: &result)
        result.writeStaticString("[")
        for (index, network) in record.extras.networks.enumerated() {
            if index > 0 { result.writeStaticString(",") }
            result.writeJSONString(network.name)
        }
        result.writeStaticString("]")
        let policy = JSONMember.object("HostConfig", of: document)
            .flatMap { JSONMember.object("RestartPolicy", of: $0) }
            .flatMap { JSONMember.text("Name", of: $0) }
        object.write("restartPolicy", policy ?? "no", into: &result)
        object.end(&result)
        return result
    }

    /// The engine's own names, and none that nobody asked for: a health check's output may hold anything.
    private static func writeState(_ state: ByteBuffer?, into buffer: inout ByteBuffer) {
        var object = JSONObjectWriter(&buffer)
        if let state {
            object.write("Status", JSONMember.text("Status", of: state), into: &buffer)
            let flags: [StaticString] = ["Running", "Paused", "Restarting", "OOMKilled", "Dead"]
            for flag in flags { object.write("\(flag)", JSONMember.bool(flag, of: state) ?? false, into: &buffer) }
            object.write("Pid", JSONMember.integer("Pid", of: state) ?? 0, into: &buffer)
            object.write("ExitCode", JSONMember.integer("ExitCode", of: state) ?? 0, into: &buffer)
            object.write("StartedAt", JSONMember.text("StartedAt", of: state), into: &buffer)
            object.write("FinishedAt", JSONMember.text("FinishedAt", of: state), into: &buffer)
            let health = JSONMember.object("Health", of: state).flatMap { JSONMember.text("Status", of: $0) }
            if let health {
                object.key("Health", into: &buffer)
                var member = JSONObjectWriter(&buffer)
                member.write("Status", health, into: &buffer)
                member.end(&buffer)
            }
        }
        object.end(&buffer)
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
