import Base

/// The sockets through which a container engine, or the host itself, takes orders. They are known by their names.
enum EngineSocket: Sendable, Equatable {
    /// Docker's, and those of engines that speak the same interface.
    case docker
    /// Another engine's.
    case other
    /// Not an engine's: a service of the host that runs programs as root for its callers.
    case host

    private static let dockerNames: Set = [
        "docker.sock", "docker.sock.raw", "docker.raw.sock", "docker-cli.sock", "docker.proxy.sock", "docker-host.sock",
        "balena.sock", "balena-engine.sock",
    ]
    /// Pipes of Windows; their names have no case.
    private static let dockerPipes: Set = [
        "docker_engine", "docker_engine_linux", "docker_engine_windows", "dockerdesktopengine",
        "dockerdesktoplinuxengine",
        "dockerdesktopwindowsengine",
    ]
    private static let otherPipes: Set = ["containerd-containerd", "podman-machine-default"]
    private static let otherNames: Set = [
        "containerd.sock", "containerd.sock.ttrpc", "docker-containerd.sock", "podman.sock", "crio.sock",
        "cri-dockerd.sock", "dockershim.sock", "buildkitd.sock", "nri.sock",
    ]
    private static let hostNames: Set = [
        "system_bus_socket", "snapd.socket", "snapd-snap.socket", "libvirt-sock", "libvirt-admin-sock",
        "virtqemud-sock",
        "virtlxcd-sock",
    ]

    /// The kind of socket that is usually found under such a path, `nil` when it is none.
    init?(_ path: HostPath) {
        guard let name = path.names.last else { return nil }
        if Self.dockerNames.contains(name) {
            self = .docker
        } else if Self.otherNames.contains(name) {
            self = .other
        } else if Self.hostNames.contains(name) {
            self = .host
        } else if path.names.count > 1, let kind = Self.kind(name, in: path.names[path.names.count - 2]) {
            self = kind
        } else {
            return nil
        }
    }

    /// Names that only their folder tells from a socket of no interest.
    private static func kind(_ name: String, in folder: String) -> EngineSocket? {
        switch folder {
        case "lxd", "incus": name == "unix.socket" ? .other : nil
        case "systemd": name == "private" ? .host : nil
        case "pipe": Self.pipe(name.lowercased())
        default: nil
        }
    }

    private static func pipe(_ name: String) -> EngineSocket? {
        self.dockerPipes.contains(name) ? .docker : self.otherPipes.contains(name) ? .other : nil
    }
}

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
}

/// Where the sockets of engines and of the host usually are.
enum SocketFolder {
    /// `*` is any one name: a user, or a user's number.
    private static let sockets = PathTable(
        "/run/docker.sock",
        "/run/docker-host.sock",
        "/run/docker/containerd/containerd.sock",
        "/run/user/*/docker.sock",
        "/run/user/*/podman/podman.sock",
        "/run/host-services/docker.proxy.sock",
        "/run/guest-services/docker.proxy.sock",
        "/run/desktop/docker.proxy.sock",
        "/run/containerd/containerd.sock",
        "/run/podman/podman.sock",
        "/run/crio/crio.sock",
        "/run/cri-dockerd.sock",
        "/run/k3s/containerd/containerd.sock",
        "/run/k0s/containerd.sock",
        "/run/buildkit/buildkitd.sock",
        "/run/nri/nri.sock",
        "/run/balena-engine.sock",
        "/run/balena/containerd/containerd.sock",
        "/run/incus/unix.socket",
        "/run/systemd/private",
        "/run/dbus/system_bus_socket",
        "/run/libvirt/libvirt-sock",
        "/run/snapd.socket",
        "/var/lib/incus/unix.socket",
        "/var/lib/lxd/unix.socket",
        "/var/snap/lxd/common/lxd/unix.socket",
        "/var/snap/microk8s/common/run/containerd.sock",
        "/mnt/wsl/docker-desktop/shared-sockets/guest-services/docker.proxy.sock",
        "/home/*/.docker/run/docker.sock",
        "/home/*/.docker/desktop/docker.sock",
        "/home/*/.colima/default/docker.sock",
        "/home/*/.rd/docker.sock",
        "/home/*/.orbstack/run/docker.sock",
        "/Users/*/.docker/run/docker.sock",
        "/Users/*/.colima/default/docker.sock",
        "/Users/*/.rd/docker.sock",
        "/Users/*/.orbstack/run/docker.sock",
        "/root/.docker/run/docker.sock"
    )
    /// A user's own folder, and those of all users, are judged by what else is in them.
    private static let homes = PathTable("/home/*", "/Users/*", "/root", "/mnt/wsl")

    /// Whether a folder has such a socket somewhere below it. Sockets work through a read-only mount.
    static func isFound(_ path: HostPath) -> Bool {
        path.names.isEmpty || self.sockets.hasEntryBelow(path) && !self.homes.isAtOrAbove(path)
    }
}
