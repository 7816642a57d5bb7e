import Base

/// Where a variable DOCKER_HOST leads: a host and the port without TLS.
struct DockerHost: Sendable, Equatable {
    /// In lower case, without brackets.
    let name: String

    /// - Returns: `nil` for an engine on a socket, and for one on a port with TLS.
    init?(_ value: String) {
        let text = value.trimmingSpace
        guard let scheme = ["tcp://", "http://"].first(where: { text.utf8.starts(with: $0.utf8) }) else { return nil }
        let address = text.utf8.dropFirst(scheme.utf8.count).prefix { $0 != UInt8(ascii: "/") }
        var (name, port) = (Substring(address), Substring("2375"))
        if let colon = address.lastIndex(of: UInt8(ascii: ":")), address[colon...].dropFirst().allSatisfy(\.isDigit),
            address.first != UInt8(ascii: "[") || address[..<colon].last == UInt8(ascii: "]")
        {
            (name, port) = (Substring(address[..<colon]), Substring(address[colon...].dropFirst()))
        }
        guard port == "2375" || port.isEmpty else { return nil }
        let brackets: Set = [UInt8(ascii: "["), UInt8(ascii: "]")]
        self.name = String(decoding: name.utf8.filter { !brackets.contains($0) }, as: UTF8.self).lowercased()
    }

    private static let ofTheHost: Set = [
        "host.docker.internal", "gateway.docker.internal", "docker.for.mac.localhost", "docker.for.win.localhost",
        "host.containers.internal", "host.lima.internal", "host.minikube.internal", "host-gateway",
    ]
    private static let loopback: Set = ["localhost", "::1", "ip6-localhost"]

    /// Whether it is another container, or the container's own neighbour: a name without a dot on a network of containers,
    /// or the loopback of a network that is not the host's.
    func isAnotherContainer(of document: InspectDocument) -> Bool {
        guard !document.host("NetworkMode", is: "host"), !Self.ofTheHost.contains(self.name) else { return false }
        if Self.loopback.contains(self.name) || self.name.utf8.starts(with: "127.".utf8) { return true }
        // `--add-host name:host-gateway` makes a name of the host's.
        let isAdded = (document.host["ExtraHosts"]?.texts ?? []).contains { entry in
            entry.utf8.starts(with: "\(self.name):".utf8) || entry.utf8.starts(with: "\(self.name)=".utf8)
        }
        return !isAdded && !self.name.isEmpty && !self.name.utf8.contains { ".:".utf8.contains($0) }
    }
}
