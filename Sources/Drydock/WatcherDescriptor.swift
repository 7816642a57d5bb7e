package import Base
package import DockerBridge
package import NIOCore

/// Describes the one watcher that the agent announces to a Drydock.
package enum WatcherDescriptor {
    package static let type = "docker"
    package static let name = "docker"

    /// - Parameter isReadOnly: leaves out the three markers by which a controller scans and updates through the agent.
    package static func write(isReadOnly: Bool, into json: inout JSONWriter<ByteBuffer>) {
        json.object { json in
            json.member("type", Self.type)
            json.member("name", Self.name)
            json.object("configuration") { json in
                json.member("description", "Containers of this host")
                json.array("capabilities", of: ["container-sync", "labels"])
                guard !isReadOnly else { return }
                json.member("transport", "docker-api")
                json.member("execution", "controller")
                json.member("events", "portwing")
            }
        }
    }

    /// Writes the data of `dd:watcher-snapshot`: the watcher and everything that it watches. A controller deletes the
    /// containers that a snapshot lacks.
    package static func writeSnapshot(
        _ records: [ContainerRecord],
        as object: ContainerObject,
        isReadOnly: Bool,
        into json: inout JSONWriter<ByteBuffer>
    ) {
        json.object { json in
            json.key("watcher")
            self.write(isReadOnly: isReadOnly, into: &json)
            json.key("containers")
            object.writeArray(records, into: &json)
        }
    }
}
