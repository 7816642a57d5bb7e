import Base

/// Names of Linux capabilities, whatever way they were typed.
enum Capability {
    /// `cap_net_raw ` is `NET_RAW`.
    static func normalised(_ text: String) -> String {
        let name = text.trimmingSpace.uppercased()
        return name.hasPrefix("CAP_") ? String(name.dropFirst(4)) : name
    }

    /// Those that take at least one wall of the container down.
    static let dangerous: Set = [
        "ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "DAC_OVERRIDE",
        "NET_RAW", "BPF", "PERFMON", "SYS_BOOT", "SYS_TIME", "SYSLOG", "MAC_ADMIN", "MAC_OVERRIDE", "SYS_RESOURCE",
        "CHECKPOINT_RESTORE", "MKNOD",
    ]

    /// Those that an engine gives to every container.
    static let byDefault: Set = [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
        "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ]
    /// Of these, what Podman leaves out.
    static let notOfPodman: Set = ["AUDIT_WRITE", "MKNOD", "NET_RAW"]

    /// Those that Kubernetes' baseline lets a container add.
    static let harmless: Set = [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ]
}
