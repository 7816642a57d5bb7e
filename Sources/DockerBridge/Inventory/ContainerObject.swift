package import NIOCore

/// Writes a container the way Drydock's schema wants it: nothing null, nothing empty, nothing of another type.
package struct ContainerObject: Sendable {
    package enum Schema: Sendable {
        /// Drydock 1.5.0 refuses a container with a member it does not know: `health`, `details.startedAt` and
        /// `image.digest.repoDigests`.
        case drydock1_5_0
        case open
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
    package func write(_ record: ContainerRecord, withDetails: Bool, into buffer: inout ByteBuffer) {
        var object = JSONObjectWriter(&buffer)
        object.write("id", record.id, into: &buffer)
        object.write("name", record.name, into: &buffer)
        object.write("displayName", record.label("dd.display.name") ?? record.name, into: &buffer)
        object.write("displayIcon", record.label("dd.display.icon"), into: &buffer)
        object.write("status", record.status.rawValue, into: &buffer)
        if self.schema == .open { object.write("health", record.health?.rawValue, into: &buffer) }
        object.write("watcher", "\(Self.watcher)", into: &buffer)
        object.write("agent", self.agentName, into: &buffer)
        object.key("image", into: &buffer)
        self.writeImage(of: record, into: &buffer)
        object.write("updateAvailable", false, into: &buffer)
        object.key("updateKind", into: &buffer)
        buffer.writeStaticString(#"{"kind":"unknown"}"#)
        object.write("includeTags", record.label("dd.tag.include"), into: &buffer)
        object.write("excludeTags", record.label("dd.tag.exclude"), into: &buffer)
        object.write("transformTags", record.label("dd.tag.transform"), into: &buffer)
        object.key("labels", into: &buffer)
        Self.writeLabels(record.labels, into: &buffer)
        if withDetails {
            object.key("details", into: &buffer)
            self.write(record.details, into: &buffer)
        }
        object.end(&buffer)
    }

    private func writeImage(of record: ContainerRecord, into buffer: inout ByteBuffer) {
        let reference = record.reference
        var object = JSONObjectWriter(&buffer)
        object.write("id", record.imageID.isEmpty ? reference.repository : record.imageID, into: &buffer)
        object.key("registry", into: &buffer)
        // Which of its registries this is, only the controller knows.
        var registry = JSONObjectWriter(&buffer)
        registry.write("name", "unknown", into: &buffer)
        registry.write("url", reference.registry, into: &buffer)
        registry.end(&buffer)
        object.write("name", reference.repository, into: &buffer)
        object.key("tag", into: &buffer)
        var tag = JSONObjectWriter(&buffer)
        tag.write("value", reference.tag ?? "latest", into: &buffer)
        tag.write("semver", false, into: &buffer)
        tag.end(&buffer)
        object.key("digest", into: &buffer)
        self.writeDigest(of: record, reference, into: &buffer)
        object.write("architecture", record.image.architecture ?? "unknown", into: &buffer)
        object.write("os", record.image.os ?? "unknown", into: &buffer)
        object.write("created", record.image.created, into: &buffer)
        object.end(&buffer)
    }

    private func writeDigest(
        of record: ContainerRecord,
        _ reference: ImageReference,
        into buffer: inout ByteBuffer
    ) {
        let digests = record.image.digests.filter { !$0.isEmpty }
        let own = digests.lazy.compactMap { ImageReference(parsing: $0) }.first {
            $0.registry == reference.registry && $0.repository == reference.repository
        }
        var object = JSONObjectWriter(&buffer)
        object.write("watch", false, into: &buffer)
        object.write("value", reference.digest, into: &buffer)
        object.write("repo", own?.digest, into: &buffer)
        if self.schema == .open, !digests.isEmpty {
            object.key("repoDigests", into: &buffer)
            Self.writeTexts(digests, into: &buffer)
        }
        object.end(&buffer)
    }

    private static func writeLabels(_ labels: [ContainerRecord.Pair], into buffer: inout ByteBuffer) {
        var object = JSONObjectWriter(&buffer)
        for label in labels { object.write(label.key, label.value, into: &buffer) }
        object.end(&buffer)
    }

    private func write(_ details: ContainerRecord.Details, into buffer: inout ByteBuffer) {
        var object = JSONObjectWriter(&buffer)
        object.key("ports", into: &buffer)
        Self.writeTexts(details.ports, into: &buffer)
        object.key("volumes", into: &buffer)
        Self.writeTexts(details.volumes, into: &buffer)
        object.key("env", into: &buffer)
        buffer.writeStaticString("[")
        for (index, variable) in (self.sendsEnvironment ? details.environment : []).enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            var entry = JSONObjectWriter(&buffer)
            entry.write("key", variable.key, into: &buffer)
            entry.write("value", variable.value, into: &buffer)
            entry.end(&buffer)
        }
        buffer.writeStaticString("]")
        if self.schema == .open { object.write("startedAt", details.startedAt, into: &buffer) }
        object.end(&buffer)
    }

    private static func writeTexts(_ texts: [String], into buffer: inout ByteBuffer) {
        buffer.writeStaticString("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSONString(text)
        }
        buffer.writeStaticString("]")
    }
}

extension ContainerRecord {
    /// The image by the best name there is: as the container was created, else what the engine calls it now, else the
    /// beginning of its id.
    package var reference: ImageReference {
        if let reference = ImageReference(parsing: self.imageName), !self.isImageID(self.imageName) { return reference }
        for name in self.image.tags + self.image.digests {
            if let reference = ImageReference(parsing: name) { return reference }
        }
        let id = self.imageID.isEmpty ? self.imageName : self.imageID
        let hexadecimal = id.split(separator: ":").last ?? "unknown"
        return ImageReference(repository: String(hexadecimal.prefix(12)))
    }

    /// A container may be created from an image's id, whole or cut.
    private func isImageID(_ name: String) -> Bool {
        let digits = self.imageID.split(separator: ":").last ?? ""
        return name.count >= 6 && digits.hasPrefix(name)
    }
}

extension ImageReference {
    fileprivate init(repository: String) {
        self.registry = Self.defaultRegistry
        self.repository = repository
    }
}
