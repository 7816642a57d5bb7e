/// What a path of the host gives to a container that gets it. The base rules share it, so that a mount is accused by
/// one of them only.
enum MountClass: Sendable, Equatable {
    case dockerSocket
    case otherEngineSocket
    /// A path that configures or shows the host.
    case sensitive(Severity)

    private static let root = [HostPath](fixed: "/")
    private static let withAllBelow = [HostPath](
        fixed: "/etc",
        "/proc",
        "/sys",
        "/root",
        "/var/lib/docker"
    )
    /// Full of sockets, and a socket takes orders through a read-only mount too.
    private static let sockets = [HostPath](fixed: "/run")
    /// Nearly every image asks for these; they tell nothing as long as they cannot be written.
    private static let harmlessToRead = [HostPath](
        fixed: "/etc/localtime",
        "/etc/timezone",
        "/etc/hosts",
        "/etc/resolv.conf"
    )
    private static let harmlessToReadBelow = [HostPath](
        fixed: "/etc/ssl/certs",
        "/etc/pki/ca-trust",
        "/etc/ca-certificates"
    )

    /// - Returns: `nil` for a path of no interest to the base rules.
    init?(_ path: HostPath, isReadOnly: Bool) {
        switch EngineSocket(path) {
        case .docker: self = .dockerSocket
        case .other: self = .otherEngineSocket
        case nil:
            if Self.sockets.contains(where: path.isAt) {
                self = .sensitive(.high)
            } else if Self.root.contains(where: path.isAt) || Self.withAllBelow.contains(where: path.isAtOrBelow) {
                self = .sensitive(!isReadOnly ? .high : Self.isHarmlessToRead(path) ? .low : .medium)
            } else {
                return nil
            }
        }
    }

    private static func isHarmlessToRead(_ path: HostPath) -> Bool {
        self.harmlessToRead.contains(where: path.isAt) || self.harmlessToReadBelow.contains(where: path.isAtOrBelow)
    }
}

extension BindMount {
    var mountClass: MountClass? { MountClass(self.source, isReadOnly: self.isReadOnly) }

    /// The members that every finding about a mount has.
    func remark(_ severity: Severity, _ detail: String) -> Remark {
        Remark(
            severity,
            detail,
            ["source": .text(self.source.text), "destination": .text(self.destination), "mode": .text(self.mode)]
        )
    }
}
