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
