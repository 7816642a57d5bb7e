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
