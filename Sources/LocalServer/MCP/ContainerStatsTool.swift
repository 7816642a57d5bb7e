import Base
package import DockerBridge
import Drydock
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
        let object = ByteBuffer(jsonObject: { json in
            json.member("id", id)
            json.member("cpuTotalUsage", stats.cpuNanoseconds)
            json.member("memUsage", stats.memoryUsage)
            json.member("memLimit", stats.memoryLimit)
            json.object("networks") { json in
                for network in stats.networks {
                    json.key(named: network.name)
                    json.object { json in
                        json.member("rxBytes", network.received)
                        json.member("txBytes", network.sent)
                    }
                }
            }
        })
        return MCPToolResult(object)
    }
}

/// `host_metrics`: how much of the host is in use.
package struct HostMetricsTool: MCPTool {
    package let name = "host_metrics"
    package let description = "Shows processor, memory, disk and network figures of this host."
    package let inputSchema = Self.noArguments
    private let sampler: HostSampler

    package init(sampler: HostSampler) {
        self.sampler = sampler
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        let figures = await self.sampler.sample()
        return MCPToolResult(ByteBuffer(jsonObject: { figures.write(into: &$0) }))
    }
}
