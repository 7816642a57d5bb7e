package import NIOCore

extension HostFigures {
    /// Writes the figures as one JSON object, under the names that controllers know.
    package func write(into buffer: inout ByteBuffer) {
        var data = JSONObjectWriter(&buffer)
        data.key("cpuUsage", into: &buffer)
        // Two digits say as much as a sample is worth.
        let hundredths = Int((min(max(self.cpuUsage, 0), 100) * 100).rounded())
        buffer.writeString("\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)")
        data.write("cpuCores", self.cpuCores, into: &buffer)
        data.write("memoryTotal", self.memoryTotal, into: &buffer)
        data.write("memoryUsed", self.memoryUsed, into: &buffer)
        data.write("memoryFree", self.memoryFree, into: &buffer)
        data.write("diskTotal", self.diskTotal, into: &buffer)
        data.write("diskUsed", self.diskUsed, into: &buffer)
        data.write("diskFree", self.diskFree, into: &buffer)
        data.write("networkRxBytes", self.networkReceived, into: &buffer)
        data.write("networkTxBytes", self.networkSent, into: &buffer)
        data.write("uptime", self.uptime, into: &buffer)
        data.end(&buffer)
    }
}
