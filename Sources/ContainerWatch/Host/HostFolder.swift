/// Folders of the host, by what has its files there.
enum HostFolder {
    // What the base rules tell of.

    private static let sensitive = PathTable("/etc", "/proc", "/sys", "/root", "/var/lib/docker")
    private static let sensitiveTops = PathTable("/c:", "/d:", "/e:", "/c:/users")
    private static let sensitiveDrives = PathTable("/c:/windows", "/c:/programdata/docker", "/c:/program files")
    /// Nearly every image asks for these, and they tell nothing that a container could not know anyway.
    private static let harmlessToRead = PathTable(
        "/etc/localtime",
        "/etc/timezone",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/resolv.conf",
        "/etc/machine-id",
        "/etc/os-release",
        "/etc/lsb-release",
        "/usr/lib/os-release",
        "/usr/share/zoneinfo",
        "/var/lib/dbus/machine-id",
        "/run/systemd/resolve",
        "/run/NetworkManager/resolv.conf",
        "/run/udev"
    )
    private static let certificates = PathTable("/etc/ssl/certs", "/etc/pki/ca-trust", "/etc/ca-certificates")

    /// - Returns: `nil` for what the base rules are silent about.
    static func sensitivity(of path: HostPath, isReadOnly: Bool) -> Severity? {
        guard
            self.sensitive.isAtOrBelow(path) || self.sensitiveTops.isAt(path) || self.sensitiveDrives.isAtOrBelow(path)
        else { return nil }
        if !isReadOnly { return .high }
        if self.harmlessToRead.isAtOrBelow(path) { return nil }
        return self.certificates.isAtOrBelow(path) ? .low : .medium
    }

    // What the further rules tell of.

    /// Who writes here runs a program as root, sooner or later.
    private static let ofTheSystem = PathTable(
        "/boot",
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        "/libexec",
        "/sysroot",
        "/ostree",
        "/opt/cni",
        "/run/systemd",
        "/run/udev",
        "/run/docker",
        "/run/containerd",
        "/run/runc",
        "/run/crun",
        "/run/crio",
        "/run/containers",
        "/var/spool/cron",
        "/var/spool/anacron",
        "/var/spool/at",
        "/var/spool/incron",
        "/var/lib/balena-engine",
        "/var/lib/buildkit",
        "/var/lib/cloud",
        "/var/lib/cni",
        "/var/lib/containerd",
        "/var/lib/containers",
        "/var/lib/cri-dockerd",
        "/var/lib/crio",
        "/var/lib/docker-desktop",
        "/var/lib/dpkg",
        "/var/lib/etcd",
        "/var/lib/extrausers",
        "/var/lib/incus",
        "/var/lib/k0s",
        "/var/lib/kubelet",
        "/var/lib/libvirt",
        "/var/lib/lxc",
        "/var/lib/lxd",
        "/var/lib/machines",
        "/var/lib/microk8s",
        "/var/lib/minikube",
        "/var/lib/pacman",
        "/var/lib/rancher",
        "/var/lib/rpm",
        "/var/lib/snapd",
        "/var/lib/systemd",
        "/var/lib/waagent",
        "/var/snap"
    )
    /// Of these a read-only mount is worth a word however deep it begins: other containers' files and secrets.
    private static let ofOthers = PathTable(
        "/var/lib/containerd",
        "/var/lib/containers",
        "/var/lib/kubelet",
        "/var/lib/rancher",
        "/var/lib/etcd",
        "/var/lib/k0s",
        "/var/lib/cloud",
        "/var/spool/cron"
    )
    /// Accounts, drives of Windows under the names of Docker Desktop and of WSL, and what holds other folders of this list.
    private static let accounts = PathTable(
        "/home",
        "/Users",
        "/host_mnt",
        "/run/desktop/mnt/host",
        "/mnt/host",
        "/host_mnt/Users",
        "/host_mnt/*/Users",
        "/run/desktop/mnt/host/*/Users"
    )
    private static let parents = PathTable("/var/spool", "/opt/cni", "/mnt/c", "/mnt/wsl")
    /// What applications keep: theirs, but the host's too.
    private static let applications = PathTable("/var", "/srv", "/opt")
    private static let devices = PathTable("/dev")

    /// - Returns: `nil` for what is of no interest.
    static func severity(of path: HostPath, isReadOnly: Bool) -> Severity? {
        if self.devices.isAtOrBelow(path) { return self.device(path, isReadOnly: isReadOnly) }
        if isReadOnly, self.harmlessToRead.isAtOrBelow(path) || self.certificates.isAtOrBelow(path) { return nil }
        if self.ofTheSystem.isAtOrBelow(path) {
            if !isReadOnly { return .high }
            return self.ofTheSystem.isAtOrOneBelow(path) || self.ofOthers.isAtOrBelow(path) ? .medium : nil
        }
        if self.accounts.isAtOrOneBelow(path) || self.parents.isAt(path) || HostKeys.isProfile(path) {
            return isReadOnly ? .medium : .high
        }
        return self.applications.isAtOrBelow(path) ? isReadOnly ? .low : .medium : nil
    }

    /// A device's node gives what the device gives, read-only or not. A folder of nodes gives the worst of them.
    private static func device(_ path: HostPath, isReadOnly: Bool) -> Severity? {
        switch HostDevice(path) {
        case .harmless: nil
        case .everything, .machine, .block: isReadOnly ? .medium : .high
        case .graphics: .low
        case .other: .medium
        }
    }
}

/// Files of an account that log it in elsewhere, or that its shell obeys, wherever the account's folder is.
enum HostKeys {
    private static let folders: Set = [
        ".ssh", ".aws", ".kube", ".gnupg", ".azure", ".docker", ".password-store", ".oci", ".minikube",
    ]
    private static let files: Set = [
        ".netrc", ".git-credentials", ".pgpass", ".pypirc", ".vault-token", ".my.cnf", "id_rsa", "id_dsa", "id_ecdsa",
        "id_ed25519", "credentials.tfrc.json", "application_default_credentials.json",
    ]
    /// Below `.config`.
    private static let configurations: Set = ["gcloud", "gh", "hub", "sops", "op", "rclone", "doctl"]
    private static let profiles: Set = [
        ".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zprofile", ".zshenv", ".xprofile",
    ]
    /// Of these folders only some files are keys.
    private static let harmless: Set = ["known_hosts", "buildx", "cli-plugins", "contexts", "scan", "cache"]

    /// - Returns: `nil` for a path without keys.
    static func severity(of path: HostPath, isReadOnly: Bool) -> Severity? {
        guard let last = path.names.last, self.isKey(path.names, last: last) else { return nil }
        // Who writes an account's authorized_keys logs in to the host.
        return !isReadOnly && path.names.contains(".ssh") ? .high : .medium
    }

    private static func isKey(_ names: [String], last: String) -> Bool {
        if self.files.contains(last) { return true }
        guard let index = names.firstIndex(where: self.folders.contains) else {
            return zip(names, names.dropFirst()).contains { $0 == ".config" && self.configurations.contains($1) }
        }
        if index + 1 < names.count, self.harmless.contains(names[index + 1]) { return false }
        return names.count == index + 1 || !last.hasSuffix(".pub")
    }

    /// Whether a shell or the session of an account runs what is written there.
    static func isProfile(_ path: HostPath) -> Bool {
        guard let last = path.names.last else { return false }
        return self.profiles.contains(last)
            || zip(path.names, path.names.dropFirst()).contains {
                $0 == ".config" && ($1 == "systemd" || $1 == "autostart")
            }
    }
}
