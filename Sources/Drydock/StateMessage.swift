package import Base
package import DockerBridge
package import NIOCore

/// One message that tells a controller what is on this host.
package enum StateMessage: Sendable {
    /// `dd:component_sync`: the one watcher, and whether the controller may run it.
    ///
    /// `isReadOnly` leaves out the three markers by which a controller scans and updates through the tunnel.
    case components(isReadOnly: Bool)
    /// `dd:container_added`
    case added(ContainerRecord)
    /// `dd:container_updated`
    case updated(InventoryChanges.Update)
    /// `dd:container_removed {id, name}`
    case removed(ContainerName)
    /// `metrics`
    case metrics(HostFigures)
    /// `container_event {containerId, containerName, image, action, actorAttributes?, timestamp}`; no released controller
    /// acts on it. The time is in seconds, as engines give it.
    case event(EngineEvent)

    /// Of the container that the message is about.
    package var containerName: String? {
        switch self {
        case .components, .metrics: nil
        case .added(let record): record.name
        case .updated(let update): update.record.name
        case .removed(let container): container.name
        case .event(let event): event.containerName
        }
    }

    /// Bytes that the JSON text usually stays below.
    package var usualBytes: Int {
        switch self {
        case .removed: 256
        case .components, .metrics: 512
        case .event: 1024
        case .added, .updated: 4096
        }
    }

    private var type: StaticString {
        switch self {
        case .components: "dd:component_sync"
        case .added: "dd:container_added"
        case .updated: "dd:container_updated"
        case .removed: "dd:container_removed"
        case .metrics: "metrics"
        case .event: "container_event"
        }
    }

    /// Writes the message as one JSON text.
    package func write(as object: ContainerObject, into buffer: inout ByteBuffer) {
        buffer.writeJSON { json in
            json.object { json in
                json.member("type", "\(self.type)")
                json.object("data") { self.writeData(as: object, into: &$0) }
            }
        }
    }

    private func writeData(as object: ContainerObject, into json: inout JSONWriter<ByteBuffer>) {
        switch self {
        case .components(let isReadOnly):
            json.array("watchers") { WatcherDescriptor.write(isReadOnly: isReadOnly, into: &$0) }
            json.array("triggers") { _ in }
        case .added(let record):
            json.key("container")
            object.write(record, withDetails: true, into: &json)
        case .updated(let update):
            json.key("container")
            object.write(update.record, withDetails: update.hasNewDetails, into: &json)
        case .removed(let container): container.write(into: &json)
        case .metrics(let figures): figures.write(into: &json)
        case .event(let event): event.write(into: &json)
        }
    }

    /// Writes `dd:container_sync` with as many containers as fit in `limit` bytes, which are taken from `records`.
    package static func writeSync(
        _ records: inout ArraySlice<ContainerRecord>,
        as object: ContainerObject,
        limit: Int,
        into buffer: inout ByteBuffer
    ) {
        let end: StaticString = "]}}"
        let start = buffer.readableBytes
        buffer.writeStaticString(#"{"type":"dd:container_sync","data":{"containers":["#)
        var isFirst = true
        while let record = records.first {
            let before = buffer.writerIndex
            if !isFirst { buffer.writeStaticString(",") }
            buffer.writeJSON { object.write(record, withDetails: true, into: &$0) }
            guard buffer.readableBytes - start <= limit - end.utf8CodeUnitCount else {
                buffer.moveWriterIndex(to: before)
                break
            }
            records.removeFirst()
            isFirst = false
        }
        buffer.writeStaticString(end)
    }
}

extension ContainerName {
    /// Writes `id` and `name` as members of the innermost object.
    package func write(into json: inout JSONWriter<ByteBuffer>) {
        json.member("id", self.id)
        json.member("name", self.name)
    }
}

extension EngineEvent {
    fileprivate func write(into json: inout JSONWriter<ByteBuffer>) {
        json.member("containerId", self.containerID)
        json.member("containerName", self.containerName)
        json.member("image", self.image)
        json.member("action", self.action)
        if !self.attributes.isEmpty {
            json.object("actorAttributes") { json in
                for attribute in self.attributes { json.member(named: attribute.key, attribute.value) }
            }
        }
        json.member("timestamp", self.time / 1_000_000_000)
    }
}

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
