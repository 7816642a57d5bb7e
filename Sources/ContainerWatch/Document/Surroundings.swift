import Base

/// What a document only refers to, as the engine and the host have it.
package struct Surroundings: Sendable {
    /// By the names under which the document refers to them.
    package var containers: [String: InspectDocument] = [:]
    package var volumes: [VolumeDocument] = []
    /// Networks whose driver is the host's.
    package var hostNetworks: Set<String> = []
    /// Where paths of the host lead that hold symbolic links.
    package var links: [String: String] = [:]
    package var gaps: [ReferenceGap] = []
    /// Where the engine's own socket is on the host.
    var sockets: [HostPath] = []

    package init() {}
}

/// Something that a document refers to and that was not looked at.
package enum ReferenceGap: Sendable, Equatable {
    /// There are more containers, volumes and networks than are asked about for one document.
    case references(most: Int)
    /// There are more paths than are followed for one document.
    case paths
    /// It has a name that no engine takes.
    case name
    /// Other containers have more mounts than are taken over for one document.
    case mounts(most: Int)
}

/// What a document refers to without saying what it is. Each list has every name once.
package struct References: Sendable, Equatable {
    package var containers: [String] = []
    package var volumes: [String] = []
    package var networks: [String] = []
    /// Paths of the host that may hold symbolic links.
    package var paths: [String] = []
}

extension InspectDocument {
    /// Fields that may share another container's namespace.
    private static let sharedFields = ["PidMode", "IpcMode", "NetworkMode"]
    /// Modes of a network that are not names.
    private static let networkModes: Set = [
        "", "default", "bridge", "host", "none", "nat", "private", "pasta", "slirp4netns",
    ]

    /// - Parameter containers: those that are known; what they refer to belongs to the document too.
    package func references(knowing containers: [String: InspectDocument] = [:]) -> References {
        var references = References()
        references.containers = Self.once(
            self.mountsFrom + Self.sharedFields.flatMap { self.owners(of: $0, containers).map(\.name) }
        )
        references.volumes = Self.once(self.mounts.volumes.filter { !$0.isEmpty })
        references.networks = Self.once(self.networkNames.filter { !Self.networkModes.contains($0) })
        references.paths = Self.once(
            self.mounts.binds.map(\.source.text) + self.devicePaths + self.ownVolumes.flatMap(\.paths)
        )
        return references
    }

    /// Containers on the way to the one whose namespace it is.
    private static let longestChain = 32

    /// The containers that a namespace leads through: another one, the one which that has it from, and so on, up to the first that
    /// is not known.
    private func owners(
        of field: String,
        _ containers: [String: InspectDocument]
    ) -> [(name: String, document: InspectDocument?)] {
        var owners: [(name: String, document: InspectDocument?)] = []
        var document: InspectDocument? = self
        while owners.count < Self.longestChain, let name = document?.sharedContainer(field) {
            document = containers[name]
            owners.append((name, document))
        }
        return owners
    }

    /// The document as it is among its surroundings: with the mounts that it takes over, with the host's namespaces that it
    /// shares by way of another container, and with what its paths lead to.
    package func placed(in surroundings: Surroundings) -> InspectDocument {
        var document = self
        document.gaps = surroundings.gaps
        document.takeOverMounts(of: surroundings.containers)
        for field in Self.sharedFields where self.leadsToHost(field, surroundings.containers) {
            document.inheritedFields.insert(field)
        }
        if self.networkNames.contains(where: surroundings.hostNetworks.contains) {
            document.inheritedFields.insert("NetworkMode")
        }
        document.links = surroundings.links
        document.mounts.know(surroundings.sockets)
        document.mounts.follow(surroundings.links)
        document.ownVolumes = self.ownVolumes.map {
            $0.following(surroundings.links).knowing(surroundings.sockets)
        }
        return document
    }

    /// Adds what the containers of `VolumesFrom` mount. That is in their own documents, with what they took over from others.
    private mutating func takeOverMounts(of containers: [String: InspectDocument]) {
        let most = ElementLimit.others
        var left = most
        // The same container, named twice, has its mounts once; it may also go by several names.
        for other in Self.once(self.mountsFrom).compactMap({ containers[$0] }) {
            left -= other.mounts.count
            guard left >= 0, !other.hasCutMounts else {
                self.gaps.append(.mounts(most: most))
                return
            }
            self.mounts.takeOver(other.mounts)
        }
    }

    private var hasCutMounts: Bool { self.cutLists.contains { $0 == "Mounts" || $0 == "Binds" } }

    /// Whether a namespace is the host's by way of another container, or of another one's other one.
    private func leadsToHost(_ field: String, _ containers: [String: InspectDocument]) -> Bool {
        self.owners(of: field, containers).contains { $0.document?.sharesHost(field) ?? false }
    }

    /// Names of `VolumesFrom`, without the mode behind a colon.
    private var mountsFrom: [String] {
        (self.host["VolumesFrom"]?.texts ?? []).map { String(Substring($0.utf8.prefix { $0 != UInt8(ascii: ":") })) }
    }

    private func sharedContainer(_ field: String) -> String? {
        let word = "container:".utf8
        guard let mode = self.host[field]?.text, mode.utf8.starts(with: word) else { return nil }
        return String(Substring(mode.utf8.dropFirst(word.count)))
    }

    private var networkNames: [String] {
        let mode = self.host["NetworkMode"]?.text ?? ""
        let named = mode.utf8.contains(UInt8(ascii: ":")) ? [] : [mode]
        return named + (self.root["NetworkSettings"]["Networks"]?.members.map(\.name) ?? [])
    }

    /// By bytes, because two names that look alike are two.
    private static func once(_ names: [String]) -> [String] {
        var seen: Set<[UInt8]> = []
        return names.filter { seen.insert(Array($0.utf8)).inserted }
    }
}
