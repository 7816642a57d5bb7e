package import NIOCore

/// Writes a container in the flat form of the generic interface: what has no value is left out.
package enum FlatContainerObject {
    package static func write(_ record: ContainerRecord, into buffer: inout ByteBuffer) {
        var object = JSONObjectWriter(&buffer)
        object.write("id", record.id, into: &buffer)
        object.write("name", record.name, into: &buffer)
        object.write("displayName", record.name, into: &buffer)
        object.write("status", record.status.rawValue, into: &buffer)
        object.write("watcher", "\(ContainerObject.watcher)", into: &buffer)
        object.key("image", into: &buffer)
        self.writeImage(of: record, into: &buffer)
        object.write("updateAvailable", false, into: &buffer)
        object.write("updateKind", "unknown", into: &buffer)
        if !record.labels.isEmpty {
            object.key("labels", into: &buffer)
            var labels = JSONObjectWriter(&buffer)
            for label in record.labels { labels.write(label.key, label.value, into: &buffer) }
            labels.end(&buffer)
        }
        object.key("details", into: &buffer)
        self.writeDetails(of: record, into: &buffer)
        object.end(&buffer)
    }

    private static func writeImage(of record: ContainerRecord, into buffer: inout ByteBuffer) {
        let reference = record.reference
        var image = JSONObjectWriter(&buffer)
        image.write("id", record.imageID, into: &buffer)
        image.write("registry", reference.registry, into: &buffer)
        image.write("name", reference.repository, into: &buffer)
        image.write("tag", reference.tag ?? "latest", into: &buffer)
        image.write("digest", reference.digest, into: &buffer)
        image.write("architecture", record.image.architecture, into: &buffer)
        image.write("os", record.image.os, into: &buffer)
        image.write("created", record.image.created, into: &buffer)
        image.end(&buffer)
    }

    private static func writeDetails(of record: ContainerRecord, into buffer: inout ByteBuffer) {
        let extras = record.extras
        var details = JSONObjectWriter(&buffer)
        details.write("platform", extras.platform, into: &buffer)
        details.write("command", extras.command, into: &buffer)
        self.writeArray("ports", record.details.ports.compactMap(PublishedPort.init), &details, into: &buffer) {
            $0.write(into: &$1)
        }
        self.writeArray("network", extras.networks, &details, into: &buffer) { network, buffer in
            var object = JSONObjectWriter(&buffer)
            object.write("name", network.name, into: &buffer)
            object.write("ipAddress", network.address, into: &buffer)
            object.write("gateway", network.gateway, into: &buffer)
            object.end(&buffer)
        }
        self.writeArray("volumes", extras.mounts, &details, into: &buffer) { mount, buffer in
            var object = JSONObjectWriter(&buffer)
            object.write("type", mount.type, into: &buffer)
            object.write("source", mount.source, into: &buffer)
            object.write("destination", mount.destination, into: &buffer)
            object.write("readOnly", mount.isReadOnly, into: &buffer)
            object.end(&buffer)
        }
        details.write("created", extras.created, into: &buffer)
        details.write("started", record.details.startedAt, into: &buffer)
        details.write("health", record.health?.rawValue, into: &buffer)
        details.end(&buffer)
    }

    /// Leaves the member out where there are no elements.
    private static func writeArray<Element>(
        _ name: String,
        _ elements: [Element],
        _ object: inout JSONObjectWriter,
        into buffer: inout ByteBuffer,
        write: (Element, inout ByteBuffer) -> Void
    ) {
        guard !elements.isEmpty else { return }
        object.key(name, into: &buffer)
        buffer.writeStaticString("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            write(element, &buffer)
        }
        buffer.writeStaticString("]")
    }
}

/// `0.0.0.0:8080->80/tcp` or `80/tcp`, taken apart again.
private struct PublishedPort {
    var container: Int
    var transport: String
    var host: Int?
    var address: String?

    init?(_ text: String) {
        let (outside, inside) = Self.sides(text)
        let parts = inside.split(separator: "/", maxSplits: 1)
        guard let container = parts.first.flatMap({ Int($0) }) else { return nil }
        self.container = container
        self.transport = parts.count > 1 ? String(parts[1]) : "tcp"
        guard let outside else { return }
        let colon = outside.lastIndex(of: ":")
        self.host = Int(colon.map { outside[outside.index(after: $0)...] } ?? outside)
        self.address = colon.map { String(outside[..<$0].filter { $0 != "[" && $0 != "]" }) }
    }

    private static func sides(_ text: String) -> (outside: Substring?, inside: Substring) {
        guard let arrow = text.firstIndex(of: ">"), arrow > text.startIndex else { return (nil, text[...]) }
        return (text[..<text.index(before: arrow)], text[text.index(after: arrow)...])
    }

    func write(into buffer: inout ByteBuffer) {
        var object = JSONObjectWriter(&buffer)
        object.write("container", self.container, into: &buffer)
        if let host { object.write("host", host, into: &buffer) }
        object.write("protocol", self.transport, into: &buffer)
        object.write("ip", self.address, into: &buffer)
        object.end(&buffer)
    }
}
