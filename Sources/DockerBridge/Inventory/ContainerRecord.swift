/// What is known of one container, from its inspect document and its image's.
///
/// Two that are equal look the same to everything that shows containers.
package struct ContainerRecord: Equatable, Sendable {
    /// The full id.
    package var id: String
    /// Without the leading slash.
    package var name: String
    package var status: Status
    /// `nil` where the container has no health check.
    package var health: Health?
    /// As in `sha256:…`.
    package var imageID: String
    /// As the container was created with it.
    package var imageName: String
    package var image = ImageFacts()
    /// Sorted by name.
    package var labels: [Pair] = []
    package var details = Details()
    package var extras = Extras()
    /// Whether its log is plain bytes; without a terminal it is in frames.
    package var isTTY = false

    /// Whether it runs, in the words of the engine's list.
    package enum Status: String, CaseIterable, Sendable {
        case running, paused, restarting, dead, created, stopped
    }

    /// What its health check found last.
    package enum Health: String, CaseIterable, Sendable {
        case starting, healthy, unhealthy
    }

    /// A label, or an environment variable.
    package struct Pair: Hashable, Sendable {
        package var key: String
        package var value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// What seldom changes, so that a message about another change may leave it out.
    package struct Details: Equatable, Sendable {
        /// As in `0.0.0.0:8080->80/tcp`, or `80/tcp` where it is not published; sorted.
        package var ports: [String] = []
        /// As in `source:destination:ro`.
        package var volumes: [String] = []
        /// Names are not empty; values may be.
        package var environment: [Pair] = []
        /// RFC 3339; `nil` where it never ran.
        package var startedAt: String?
    }

    /// What only the generic interface tells.
    package struct Extras: Equatable, Sendable {
        package var platform: String?
        /// `Config.Cmd`, joined by blanks.
        package var command: String?
        /// RFC 3339.
        package var created: String?
        /// Sorted by name.
        package var networks: [Network] = []
        /// In the order of their destinations.
        package var mounts: [Mount] = []
    }

    /// A network that it is connected to, with its addresses there.
    package struct Network: Equatable, Sendable {
        package var name: String
        package var address: String?
        package var gateway: String?
    }

    /// A volume or a folder of the host inside it.
    package struct Mount: Equatable, Sendable {
        /// `bind`, `volume`, `tmpfs`…
        package var type: String
        package var source: String
        package var destination: String
        package var isReadOnly: Bool
    }

    package func label(_ name: String) -> String? {
        guard let value = self.labels.first(where: { $0.key == name })?.value, !value.isEmpty else { return nil }
        return value
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

extension ContainerRecord {
    /// Bytes that the record takes: its texts, and the entries of its lists.
    var heldBytes: Int {
        var bytes = MemoryLayout<Self>.stride + self.nameBytes
        for pair in self.labels { bytes += Self.bytes(of: pair) }
        for pair in self.details.environment { bytes += Self.bytes(of: pair) }
        for text in self.details.ports { bytes += Self.bytes(of: text) }
        for text in self.details.volumes { bytes += Self.bytes(of: text) }
        for text in self.image.tags { bytes += Self.bytes(of: text) }
        for text in self.image.digests { bytes += Self.bytes(of: text) }
        for network in self.extras.networks {
            bytes += MemoryLayout<Network>.stride + network.name.utf8.count
            bytes += (network.address?.utf8.count ?? 0) + (network.gateway?.utf8.count ?? 0)
        }
        for mount in self.extras.mounts {
            bytes += MemoryLayout<Mount>.stride + mount.type.utf8.count + mount.source.utf8.count
            bytes += mount.destination.utf8.count
        }
        return bytes + (self.extras.command?.utf8.count ?? 0)
    }

    /// Of the texts of which a record has one each.
    var nameBytes: Int {
        let texts = [
            self.id, self.name, self.imageID, self.imageName, self.extras.platform, self.extras.created,
            self.details.startedAt,
        ]
        return texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    }

    private static func bytes(of pair: Pair) -> Int {
        MemoryLayout<Pair>.stride + pair.key.utf8.count + pair.value.utf8.count
    }

    private static func bytes(of text: String) -> Int { MemoryLayout<String>.stride + text.utf8.count }
}

extension ContainerDirectory.Entry {
    /// - Returns: `nil` for a container of which only the engine can say enough.
    init?(_ record: ContainerRecord) {
        let labels = Dictionary(record.labels.map { ($0.key, $0.value) }) { $1 }
        // Two names that are equal here, and not byte for byte to the engine.
        guard labels.count == record.labels.count else { return nil }
        self.init(id: record.id, name: record.name, labels: labels, image: record.imageName)
    }
}
