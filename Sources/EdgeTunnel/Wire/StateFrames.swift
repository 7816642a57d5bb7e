import Base
import DockerBridge
import NIOCore

/// Frames that tell the controller what is on this host.
enum StateFrames {
    /// The most a frame may hold: the controller ends the session at 16 MiB.
    static let limit = PlainResponse.maximumFrameBytes

    /// `dd:component_sync`: the one watcher, and whether the controller may run it.
    ///
    /// - Parameter isReadOnly: leaves out the three markers by which a controller scans and updates through the tunnel.
    static func components(isReadOnly: Bool, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 512, "dd:component_sync", allocator) { json in
            json.array("watchers") { WatcherDescriptor.write(isReadOnly: isReadOnly, into: &$0) }
            json.array("triggers") { _ in }
        }
    }

    /// `dd:container_sync` with as many containers as fit, which are taken from `records`.
    static func sync(
        _ records: inout ArraySlice<ContainerRecord>,
        as object: ContainerObject,
        limit: Int = limit,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        var frame = FrameBuilder(capacity: min(256 + records.count * 2048, limit), allocator: allocator) {
            $0.writeStaticString(#"{"type":"dd:container_sync","data":{"containers":["#)
        }
        var isFirst = true
        while let record = records.first {
            let before = frame.count
            frame.write { buffer in
                if !isFirst { buffer.writeStaticString(",") }
                buffer.writeJSON { object.write(record, withDetails: true, into: &$0) }
            }
            guard frame.count <= limit - 3 else {
                frame.truncate(to: before)
                break
            }
            records.removeFirst()
            isFirst = false
        }
        frame.write { $0.writeStaticString("]}}") }
        return frame
    }

    /// `dd:container_added`
    static func added(
        _ record: ContainerRecord,
        as object: ContainerObject,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        self.container("dd:container_added", record, true, object, allocator)
    }

    /// `dd:container_updated`
    static func updated(
        _ update: InventoryChanges.Update,
        as object: ContainerObject,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        self.container("dd:container_updated", update.record, update.hasNewDetails, object, allocator)
    }

    private static func container(
        _ type: StaticString,
        _ record: ContainerRecord,
        _ withDetails: Bool,
        _ object: ContainerObject,
        _ allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        FrameBuilder(capacity: 4096, type, allocator) { json in
            json.key("container")
            object.write(record, withDetails: withDetails, into: &json)
        }
    }

    /// `dd:container_removed {id, name}`
    static func removed(_ container: ContainerName, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 256, "dd:container_removed", allocator) { json in
            json.member("id", container.id)
            json.member("name", container.name)
        }
    }

    /// `metrics`
    static func metrics(_ figures: HostFigures, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 512, "metrics", allocator) { figures.write(into: &$0) }
    }

    /// `container_event {containerId, containerName, image, action, actorAttributes?, timestamp}`; no released controller
    /// acts on it. The time is in seconds, as engines give it.
    static func event(_ event: EngineEvent, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 1024, "container_event", allocator) { json in
            json.member("containerId", event.containerID)
            json.member("containerName", event.containerName)
            json.member("image", event.image)
            json.member("action", event.action)
            if !event.attributes.isEmpty {
                json.object("actorAttributes") { json in
                    for attribute in event.attributes { json.member(named: attribute.key, attribute.value) }
                }
            }
            json.member("timestamp", event.time / 1_000_000_000)
        }
    }
}
