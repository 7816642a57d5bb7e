import Base
package import DockerBridge
import Drydock
package import NIOCore

/// `host_metrics`: how much of the host is in use.
package struct HostMetricsTool: MCPTool {
    package let name = "host_metrics"
    package let description = "Shows processor, memory, disk and network figures of this host."
    package let inputSchema: StaticString = #"{"type":"object","properties":{},"additionalProperties":false}"#
    private let sampler: HostSampler

    package init(sampler: HostSampler) {
        self.sampler = sampler
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        let figures = await self.sampler.sample()
        return MCPToolResult(ByteBuffer(jsonObject: { figures.write(into: &$0) }))
    }
}
