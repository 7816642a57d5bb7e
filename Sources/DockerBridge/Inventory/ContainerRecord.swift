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

    package enum Status: String, CaseIterable, Sendable {
        case running, paused, restarting, dead, created, stopped
    }

    package enum Health: String, CaseIterable, Sendable {
        case starting, healthy, unhealthy
    }

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

    package struct Network: Equatable, Sendable {
        package var name: String
        package var address: String?
        package var gateway: String?
    }

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
