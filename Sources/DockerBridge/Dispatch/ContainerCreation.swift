/// A request that gives a container its settings: one that creates it, or a start that brings settings along.
package struct ContainerCreation: Sendable, Equatable {
    package enum Kind: Sendable {
        /// `POST /containers/create` of Docker's interface, which Podman speaks too.
        case create
        /// `POST /containers/{name}/start`. Below API 1.24 its body replaces the settings of the container.
        case start
        /// Podman's own interface, whose bodies have another form.
        case podman
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
        let name: String
        if segments.elementsEqual(["containers", "create"]) {
            self.kind = isPodman ? .podman : .create
            name = parts.count > 1 ? Self.name(in: parts[1]) : ""
        } else if isPodman, Self.furtherPodman.contains(where: segments.elementsEqual) {
            self.kind = .podman
            name = ""
        } else if !isPodman, segments.count > 2, segments.first == "containers", segments.last == "start" {
            // An engine's name of a container may hold slashes.
            self.kind = .start
            name = segments[1..<segments.endIndex - 1].joined(separator: "/")
        } else {
            return nil
        }
        self.name = name.utf8.count > Self.longestName ? Self.shortened(name) : name
    }

    /// What makes containers of Podman beside its `containers/create`.
    private static let furtherPodman = [["pods", "create"], ["play", "kube"], ["kube", "play"]]

    private static func segments(_ path: Substring.UTF8View) -> [String] {
        String(Substring(path)).percentDecoded.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    /// Podman takes letters and dashes behind the first digit, too. No path of either engine begins so otherwise.
    private static func isVersion(_ segment: String) -> Bool {
        segment.utf8.first == UInt8(ascii: "v")
            && segment.utf8.dropFirst().first.map { $0.isDigit || $0 == UInt8(ascii: ".") } ?? true
    }

    private static func name(in query: Substring.UTF8View) -> String {
        let key = "name=".utf8
        let value = query.split(separator: UInt8(ascii: "&")).first { $0.starts(with: key) }?.dropFirst(key.count)
        return value.map { String(Substring($0)).percentDecoded } ?? ""
    }

    private static func shortened(_ name: String) -> String {
        String(decoding: name.utf8.prefix(Self.longestName - 3), as: UTF8.self) + "…"
    }
}
