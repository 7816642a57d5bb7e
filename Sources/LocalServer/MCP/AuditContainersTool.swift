import Base
package import ContainerChecks
import ContainerWatch
package import NIOCore

/// `audit_containers`: which containers are configured dangerously.
package struct AuditContainersTool: MCPTool {
    package let name = "audit_containers"
    package let description = """
        Finds dangerous settings of the containers that run: privileged, mounted engine sockets or host folders, shared \
        namespaces and more, each with a severity.
        """
    package let inputSchema = Self.noArguments
    private let source: FindingsSource

    package init(_ source: FindingsSource) {
        self.source = source
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        guard let report = await self.source.report() else {
            throw MCPToolFailure("auditing containers: the engine has not been looked at yet; try again")
        }
        return MCPToolResult(ByteBuffer(string: report.json.compact))
    }
}
