import Base

/// A request that gives a container its settings, or that makes what a container is given: what admission is asked about.
package struct ContainerCreation: Sendable, Equatable {
    /// Which request it is.
    package enum Kind: Sendable, CaseIterable {
        /// `POST /containers/create` of Docker's interface, which Podman speaks too.
        case create
        /// `POST /containers/{name}/start`. Below API 1.24 its body replaces the settings of the container.
        case start
        /// `POST /containers/{name}/update`, which may add devices.
        case update
        /// `POST /containers/{name}/exec`: a process that may have more than its container.
        case exec
        /// `POST /volumes/create`. Options make a volume a mount of the host.
        case volume
        /// `POST /services/create` and `/services/{id}/update`: what the tasks of a swarm's service may do.
        case service
        /// `POST /libpod/containers/create`, whose body has Podman's form.
        case podman
        /// `POST /libpod/containers/{name}/update`, which may add rules for devices.
        case podmanUpdate
        /// `POST /libpod/containers/{name}/restore`. Where the name is not a container's, it is an image of a checkpoint, from which a
        /// container is made.
        case podmanRestore
        /// What else makes containers over Podman's own interface.
        case podmanOther

        /// Whether the request is about a container that exists.
        package var isOfExisting: Bool {
            switch self {
            case .start, .update, .exec, .podmanUpdate, .podmanRestore: true
            case .create, .volume, .service, .podman, .podmanOther: false
            }
        }

        /// Whether the verdict depends on the body. What cannot be looked at anyway, such as the archive of a checkpoint, need not
        /// be there as a whole.
        package var readsBody: Bool { self != .podmanOther }
    }

    package let kind: Kind
    /// How the container is to be called, or which one is to start, at most 200 bytes; empty leaves the name to the engine.
    package let name: String

    package var readsBody: Bool { self.kind.readsBody }

    /// Bytes of a body that is judged. Docker's own command line sends some kilobytes.
    package static let maximumBodyBytes = 4 << 20
    /// Docker's names have no limit; those of hosts, which they become, have 64 bytes.
    private static let longestName = 200

    /// - Parameters:
    ///   - route: what the request is.
    ///   - target: the one that the route was found for.
    /// - Returns: `nil` for any other request.
    package init?(_ route: EngineRoute, target: String) {
        guard let kind = route.settings else { return nil }
        self.kind = kind
        let name: String
        switch kind {
        case .create: name = Self.newName(in: target)
        case .start, .update, .exec, .podmanUpdate, .podmanRestore: name = route.subject(of: target) ?? ""
        // Podman takes the name from the body.
        case .volume, .service, .podman, .podmanOther: name = ""
        }
        self.name = name.utf8.count > Self.longestName ? Self.shortened(name) : name
    }

    /// The name that engines give. Another one would let a container take the name under which a different one is accepted, so
    /// a query that two engines may read differently names none.
    private static func newName(in target: String) -> String {
        var target = target
        return target.withUTF8 { target in
            let query = EngineQuery(bytes: EnginePath.query(of: target))
            guard !query.isAmbiguous, let name = query.first("name") else { return "" }
            return String(decoding: name, as: UTF8.self).percentDecoded
        }
    }

    private static func shortened(_ name: String) -> String {
        String(decoding: name.utf8.prefix(Self.longestName - 3), as: UTF8.self) + "…"
    }
}
