package import DockerBridge
package import NIOCore

/// `container_stats`: what one container uses right now.
package struct ContainerStatsTool: MCPTool {
    package let name = "container_stats"
    package let description = "Shows processor time, memory and network counters of a running container."
    package let inputSchema = ContainerArgument.schema
    private let engine: EngineAPI

    package init(engine: EngineAPI) {
        self.engine = engine
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        let id = try ContainerArgument.id(in: arguments)
        let answer = try await self.engine.get(
            StatsCollector.target(of: id),
            limit: 1 << 20,
            timeout: .seconds(10)
        )
        guard answer.isSuccess else { throw ContainerArgument.refusal(answer) }
        guard let stats = ContainerStats(parsing: answer.body) else {
            throw MCPToolFailure("the engine's answer cannot be read")
        }
        var result = ByteBuffer()
        var object = JSONObjectWriter(&result)
        object.write("id", id, into: &result)
        object.write("cpuTotalUsage", stats.cpuNanoseconds, into: &result)
        object.write("memUsage", stats.memoryUsage, into: &result)
        object.write("memLimit", stats.memoryLimit, into: &result)
        object.key("networks", into: &result)
        var networks = JSONObjectWriter(&result)
        for network in stats.networks {
            networks.key(network.name, into: &result)
            var counters = JSONObjectWriter(&result)
            counters.write("rxBytes", network.received, into: &result)
            counters.write("txBytes", network.sent, into: &result)
            counters.end(&result)
        }
        networks.end(&result)
        object.end(&result)
        return MCPToolResult(result)
    }
}
