package import Base
package import DockerBridge
package import NIOCore

/// Writes a container in the flat form of the generic interface: what has no value is left out.
package enum FlatContainerObject {
    package static func write(_ record: ContainerRecord, into json: inout JSONWriter<ByteBuffer>) {
        json.object { json in
            json.member("id", record.id)
            json.member("name", record.name)
            json.member("displayName", record.name)
            json.member("status", record.status.rawValue)
            json.member("watcher", "\(ContainerObject.watcher)")
            json.object("image") { self.writeImage(of: record, into: &$0) }
            json.member("updateAvailable", false)
            json.member("updateKind", "unknown")
            if !record.labels.isEmpty {
                json.object("labels") { json in
                    for label in record.labels { json.member(named: label.key, label.value) }
                }
            }
            json.object("details") { self.writeDetails(of: record, into: &$0) }
        }
    }

    private static func writeImage(of record: ContainerRecord, into json: inout JSONWriter<ByteBuffer>) {
        let reference = record.reference
        json.member("id", record.imageID)
        json.member("registry", reference.registry)
        json.member("name", reference.repository)
        json.member("tag", reference.tag ?? "latest")
        json.member("digest", reference.digest)
        json.member("architecture", record.image.architecture)
        json.member("os", record.image.os)
        json.member("created", record.image.created)
    }

    private static func writeDetails(of record: ContainerRecord, into json: inout JSONWriter<ByteBuffer>) {
        let extras = record.extras
        json.member("platform", extras.platform)
        json.member("command", extras.command)
        self.writeArray("ports", record.details.ports.compactMap(PublishedPort.init), into: &json) {
            $0.write(into: &$1)
        }
        self.writeArray("network", extras.networks, into: &json) { network, json in
            json.member("name", network.name)
            json.member("ipAddress", network.address)
            json.member("gateway", network.gateway)
        }
        self.writeArray("volumes", extras.mounts, into: &json) { mount, json in
            json.member("type", mount.type)
            json.member("source", mount.source)
            json.member("destination", mount.destination)
            json.member("readOnly", mount.isReadOnly)
        }
        json.member("created", extras.created)
        json.member("started", record.details.startedAt)
        json.member("health", record.health?.rawValue)
    }

    /// An array of objects, which is left out where there are none.
    private static func writeArray<Element>(
        _ name: StaticString,
        _ elements: [Element],
        into json: inout JSONWriter<ByteBuffer>,
        write: (Element, inout JSONWriter<ByteBuffer>) -> Void
    ) {
        guard !elements.isEmpty else { return }
        json.array(name) { json in
            for element in elements { json.object { write(element, &$0) } }
        }
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

    /// The members of its object.
    func write(into json: inout JSONWriter<ByteBuffer>) {
        json.member("container", self.container)
        json.member("host", self.host)
        json.member("protocol", self.transport)
        json.member("ip", self.address)
    }
}
