package import NIOCore

/// Describes the one watcher that the agent announces to a Drydock.
package enum WatcherDescriptor {
    package static let type = "docker"
    package static let name = "docker"

    /// - Parameter isReadOnly: leaves out the three markers by which a controller scans and updates through the agent.
    package static func write(isReadOnly: Bool, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(#"{"type":"docker","name":"docker","configuration":{"#)
        buffer.writeStaticString(#""description":"Containers of this host","capabilities":["container-sync","labels"]"#)
        if !isReadOnly {
            buffer.writeStaticString(#","transport":"docker-api","execution":"controller","events":"portwing""#)
        }
        buffer.writeStaticString("}}")
    }
}
