import Base

/// A request that gives a container its settings, or that makes what a container is given: what admission is asked about.
package struct ContainerCreation: Sendable, Equatable {
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
        /// What else makes containers over Podman's own interface.
        case podmanOther
    }

    package let kind: Kind
    /// How the container is to be called, or which one is to start, at most 200 bytes; empty leaves the name to the engine.
    package let name: String

    /// Bytes of a body that is judged. Docker's own command line sends some kilobytes.
    package static let maximumBodyBytes = 4 << 20
    /// Docker's names have no limit; those of hosts, which they become, have 64 bytes.
    private static let longestName = 200

    /// Reads a path as an engine does: decoded first, and by bytes, because a combining accent behind a slash or a
    /// question mark does not change what either of them means.
    ///
    /// - Returns: `nil` for any other request.
    package init?(method: String, target: String) {
        guard method == "POST" else { return nil }
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var segments = Self.segments(parts[0])
        if let first = segments.first, Self.isVersion(first) { segments.removeFirst() }
        let isPodman = segments.first == "libpod"
        if isPodman { segments.removeFirst() }
        guard let kind = Self.kind(segments, isPodman: isPodman) else { return nil }
        self.kind = kind
        let name: String
        switch kind {
        case .create: name = parts.count > 1 ? Self.name(in: parts[1]) : ""
        // An engine's name of a container may hold slashes.
        case .start, .update, .exec: name = segments[1..<segments.endIndex - 1].joined(separator: "/")
        // Podman takes the name from the body.
        case .volume, .service, .podman, .podmanOther: name = ""
        }
        self.name = name.utf8.count > Self.longestName ? Self.shortened(name) : name
    }

    private static func kind(_ segments: [String], isPodman: Bool) -> Kind? {
        if segments.elementsEqual(["containers", "create"]) { return isPodman ? .podman : .create }
        if isPodman, Self.furtherPodman.contains(where: segments.elementsEqual) { return .podmanOther }
        if segments.elementsEqual(["volumes", "create"]) { return .volume }
        if segments.first == "services", segments.count == 2 && segments[1] == "create" || segments.last == "update" {
            return .service
        }
        guard segments.count > 2, segments.first == "containers" else { return nil }
        return switch segments.last {
        case "start": isPodman ? nil : .start
        case "update": isPodman ? nil : .update
        case "exec": .exec
        default: nil
        }
    }

    /// What makes containers of Podman beside its `containers/create`.
    private static let furtherPodman = [["pods", "create"], ["play", "kube"], ["kube", "play"], ["quadlets"]]

    private static func segments(_ path: Substring.UTF8View) -> [String] {
        String(Substring(path)).percentDecoded.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    /// Podman takes letters and dashes behind the first digit, too. No path of either engine begins so otherwise.
    private static func isVersion(_ segment: String) -> Bool {
        segment.utf8.first == UInt8(ascii: "v")
            && segment.utf8.dropFirst().first.map { $0.isDigit || $0 == UInt8(ascii: ".") } ?? true
    }

    /// The first value counts, as with an engine, which also decodes the key: another one would let a container take the name under
    /// which a different one is accepted.
    private static func name(in query: Substring.UTF8View) -> String {
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let key = pair.prefix { $0 != UInt8(ascii: "=") }
            guard String(Substring(key)).percentDecoded == "name" else { continue }
            return String(Substring(pair[key.endIndex...].dropFirst())).percentDecoded
        }
        return ""
    }

    private static func shortened(_ name: String) -> String {
        String(decoding: name.utf8.prefix(Self.longestName - 3), as: UTF8.self) + "…"
    }
}
