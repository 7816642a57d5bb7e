package import Base
package import DockerBridge
package import NIOCore

/// Writes a container the way Drydock's schema wants it: nothing null, nothing empty, nothing of another type.
package struct ContainerObject: Sendable {
    /// Which members the controller's schema allows.
    package enum Schema: Sendable {
        /// Drydock 1.5.0 refuses a container with a member it does not know: `health`, `details.startedAt` and
        /// `image.digest.repoDigests`.
        case drydock1_5_0
        case open

        /// - Parameter compatLevel: `serverCompatLevel` of a welcome. Drydock 1.5.0 says `1.4`; all later ones say `1.4.0`.
        package init(compatLevel: String?) {
            self = compatLevel == "1.4" ? .drydock1_5_0 : .open
        }
    }

    /// Must be the name of the announced watcher, or the controller does not act on the container.
    package static let watcher: StaticString = "docker"

    private let schema: Schema
    private let agentName: String
    private let sendsEnvironment: Bool

    /// - Parameter sendsEnvironment: whether the values of environment variables leave this host.
    package init(schema: Schema, agentName: String, sendsEnvironment: Bool) {
        self.schema = schema
        self.agentName = agentName
        self.sendsEnvironment = sendsEnvironment
    }

    /// - Parameter withDetails: a controller keeps the details it has where they are left out.
    package func write(_ record: ContainerRecord, withDetails: Bool, into json: inout JSONWriter<ByteBuffer>) {
        json.object { json in
            json.member("id", record.id)
            json.member("name", record.name)
            json.member("displayName", record.label("dd.display.name") ?? record.name)
            json.member("displayIcon", record.label("dd.display.icon"))
            json.member("status", record.status.rawValue)
            if self.schema == .open { json.member("health", record.health?.rawValue) }
            json.member("watcher", "\(Self.watcher)")
            json.member("agent", self.agentName)
            json.object("image") { self.writeImage(of: record, into: &$0) }
            json.member("updateAvailable", false)
            json.object("updateKind") { $0.member("kind", "unknown") }
            json.member("includeTags", record.label("dd.tag.include"))
            json.member("excludeTags", record.label("dd.tag.exclude"))
            json.member("transformTags", record.label("dd.tag.transform"))
            json.object("labels") { json in
                for label in record.labels { json.member(named: label.key, label.value) }
            }
            if withDetails { json.object("details") { self.write(record.details, into: &$0) } }
        }
    }

    /// All containers of the host, with their details.
    package func writeArray(_ records: [ContainerRecord], into json: inout JSONWriter<ByteBuffer>) {
        json.array { json in
            for record in records { self.write(record, withDetails: true, into: &json) }
        }
    }

    private func writeImage(of record: ContainerRecord, into json: inout JSONWriter<ByteBuffer>) {
        let reference = record.reference
        json.member("id", record.imageID.isEmpty ? reference.repository : record.imageID)
        json.object("registry") { json in
            // Which of its registries this is, only the controller knows.
            json.member("name", "unknown")
            json.member("url", reference.registry)
        }
        json.member("name", reference.repository)
        json.object("tag") { json in
            json.member("value", reference.tag ?? "latest")
            json.member("semver", false)
        }
        json.object("digest") { self.writeDigest(of: record, reference, into: &$0) }
        json.member("architecture", record.image.architecture ?? "unknown")
        json.member("os", record.image.os ?? "unknown")
        json.member("created", record.image.created)
    }

    private func writeDigest(
        of record: ContainerRecord,
        _ reference: ImageReference,
        into json: inout JSONWriter<ByteBuffer>
    ) {
        let digests = record.image.digests.filter { !$0.isEmpty }
        let own = digests.lazy.compactMap { ImageReference(parsing: $0) }.first {
            $0.registry == reference.registry && $0.repository == reference.repository
        }
        json.member("watch", false)
        json.member("value", reference.digest)
        json.member("repo", own?.digest)
        if self.schema == .open, !digests.isEmpty { json.array("repoDigests", of: digests) }
    }

    private func write(_ details: ContainerRecord.Details, into json: inout JSONWriter<ByteBuffer>) {
        json.array("ports", of: details.ports)
        json.array("volumes", of: details.volumes)
        json.array("env") { json in
            for variable in self.sendsEnvironment ? details.environment : [] {
                json.object { json in
                    json.member("key", variable.key)
                    json.member("value", variable.value)
                }
            }
        }
        if self.schema == .open { json.member("startedAt", details.startedAt) }
    }
}
