/// The sockets through which a container engine takes orders, known by their names.
enum EngineSocket: Sendable, Equatable {
    case docker
    case other

    private static let dockerNames: Set = ["docker.sock", "docker.sock.raw", "docker-cli.sock"]
    private static let otherNames: Set = [
        "containerd.sock", "containerd.sock.ttrpc", "podman.sock", "crio.sock", "cri-dockerd.sock",
        "dockershim.sock", "buildkitd.sock",
    ]
    /// LXD and Incus name theirs alike; only the folder tells them from a socket of no interest.
    private static let otherEndings = [["lxd", "unix.socket"], ["incus", "unix.socket"]]

    /// The kind of socket that is usually found under such a path, `nil` when it is none.
    init?(_ path: HostPath) {
        guard let name = path.names.last else { return nil }
        if Self.dockerNames.contains(name) {
            self = .docker
        } else if Self.otherNames.contains(name) || Self.otherEndings.contains(path.names.suffix(2)) {
            self = .other
        } else {
            return nil
        }
    }
}
