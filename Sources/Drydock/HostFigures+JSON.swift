package import Base
package import DockerBridge
package import NIOCore

extension HostFigures {
    /// Writes the figures as members of the innermost object, under the names that controllers know.
    package func write(into json: inout JSONWriter<ByteBuffer>) {
        // Two digits say as much as a sample is worth.
        let hundredths = Int((min(max(self.cpuUsage, 0), 100) * 100).rounded())
        json.key("cpuUsage")
        json.raw("\(hundredths / 100).\(Digits.text(hundredths % 100, width: 2))")
        json.member("cpuCores", self.cpuCores)
        json.member("memoryTotal", self.memoryTotal)
        json.member("memoryUsed", self.memoryUsed)
        json.member("memoryFree", self.memoryFree)
        // Controllers want numbers; what follows says whether they are measured.
        json.member("diskTotal", self.disk.space?.total ?? 0)
        json.member("diskUsed", self.disk.space?.used ?? 0)
        json.member("diskFree", self.disk.space?.free ?? 0)
        json.member("diskMetricsAvailable", self.disk.space != nil)
        if case .unknown(let reason) = self.disk { json.member("diskError", reason) }
        json.member("networkRxBytes", self.networkReceived)
        json.member("networkTxBytes", self.networkSent)
        json.member("uptime", self.uptime)
    }
}
