/// A request that makes an engine create a container.
package struct ContainerCreation: Sendable, Equatable {
    package enum Interface: Sendable {
        /// Docker's, which Podman speaks too.
        case docker
        /// Podman's own, whose body has another form.
        case podman
    }

    package let interface: Interface
    /// How the container is to be called; empty leaves that to the engine.
    package let name: String

    /// Bytes of a body that is looked at. Docker's own command line sends some kilobytes.
    package static let maximumBodyBytes = 4 << 20

    /// - Returns: `nil` for any other request. The engine decodes a path before it looks at it, and so does this.
    package init?(method: String, target: String) {
        guard method == "POST" else { return nil }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var segments = String(parts[0]).percentDecoded.split(separator: "/")[...]
        if let first = segments.first, first.first == "v", first.dropFirst().allSatisfy({ $0.isNumber || $0 == "." }) {
            segments.removeFirst()
        }
        if segments.first == "libpod" {
            self.interface = .podman
            segments.removeFirst()
        } else {
            self.interface = .docker
        }
        guard segments.elementsEqual(["containers", "create"]) else { return nil }
        self.name = parts.count < 2 ? "" : Self.name(in: parts[1])
    }

    private static func name(in query: Substring) -> String {
        let value = query.split(separator: "&").first { $0.hasPrefix("name=") }?.dropFirst("name=".count)
        return value.map { String($0).percentDecoded } ?? ""
    }
}
