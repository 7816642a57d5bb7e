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
        FrameBuilder(capacity: 512, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"dd:component_sync","data":{"watchers":["#)
            WatcherDescriptor.write(isReadOnly: isReadOnly, into: &buffer)
            buffer.writeStaticString(#"],"triggers":[]}}"#)
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
                object.write(record, withDetails: true, into: &buffer)
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
        self.container(#"{"type":"dd:container_added","data":{"container":"#, record, true, object, allocator)
    }

    /// `dd:container_updated`
    static func updated(
        _ update: InventoryChanges.Update,
        as object: ContainerObject,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        self.container(
            #"{"type":"dd:container_updated","data":{"container":"#,
            update.record,
            update.hasNewDetails,
            object,
            allocator
        )
    }

    private static func container(
        _ head: StaticString,
        _ record: ContainerRecord,
        _ withDetails: Bool,
        _ object: ContainerObject,
        _ allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        FrameBuilder(capacity: 4096, allocator: allocator) { buffer in
            buffer.writeStaticString(head)
            object.write(record, withDetails: withDetails, into: &buffer)
            buffer.writeStaticString("}}")
        }
    }

    /// `dd:container_removed {id, name}`
    static func removed(_ container: ContainerName, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 256, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"dd:container_removed","data":"#)
            var data = JSONObjectWriter(&buffer)
            data.write("id", container.id, into: &buffer)
            data.write("name", container.name, into: &buffer)
            data.end(&buffer)
            buffer.writeStaticString("}")
        }
    }

    /// `metrics`
    static func metrics(_ figures: HostFigures, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 512, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"metrics","data":"#)
            figures.write(into: &buffer)
            buffer.writeStaticString("}")
        }
    }

    /// `container_event {containerId, containerName, image, action, actorAttributes?, timestamp}`; no released controller
    /// acts on it. The time is in seconds, as engines give it.
    static func event(_ event: EngineEvent, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 1024, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"container_event","data":"#)
            var data = JSONObjectWriter(&buffer)
            data.write("containerId", event.containerID, into: &buffer)
            data.write("containerName", event.containerName, into: &buffer)
            data.write("image", event.image, into: &buffer)
            data.write("action", event.action, into: &buffer)
            if !event.attributes.isEmpty {
                data.key("actorAttributes", into: &buffer)
                var attributes = JSONObjectWriter(&buffer)
                for attribute in event.attributes { attributes.write(attribute.key, attribute.value, into: &buffer) }
                attributes.end(&buffer)
            }
            data.write("timestamp", event.time / 1_000_000_000, into: &buffer)
            data.end(&buffer)
            buffer.writeStaticString("}")
        }
    }
}
