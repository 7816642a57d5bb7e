import Base

/// One entry of `HostConfig.SecurityOpt`. The engine keeps the separator as it was typed, `=` or `:`.
struct SecurityOption: Sendable, Equatable {
    /// In lower case.
    let key: String
    /// Trimmed and in lower case; empty when there is none.
    let value: String

    init(_ text: String) {
        let trimmed = text.trimmingSpace
        let utf8 = trimmed.utf8
        guard let separator = utf8.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
            self.key = trimmed.lowercased()
            self.value = ""
            return
        }
        self.key = trimmed[..<separator].lowercased()
        self.value = String(Substring(utf8[utf8.index(after: separator)...])).trimmingSpace.lowercased()
    }
}

extension SecurityOption {
    /// As the engine reads the value of a switch; without a value it is on.
    var isOn: Bool { ["", "1", "t", "true"].contains(self.value) }
}

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

/// Paths of the kernel that an engine hides from a container, or lets it read only.
struct SystemPaths {
    private let paths: [String]

    /// What every engine of the last years hides; newer ones hide more.
    static let masked = SystemPaths(paths: [
        "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
        "/sys/firmware",
    ])
    static let readOnly = SystemPaths(paths: [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ])

    /// Those that a document's list lacks; none when it has no list, because the engine then takes its own.
    func missing(in list: JSONNode?) -> [String] {
        guard case .array = list else { return [] }
        let given = Set((list?.texts ?? []).map(HostPath.normalised))
        return self.paths.filter { path in
            !given.contains(path) && !given.contains(path.hasPrefix("/sys") ? "/sys" : "/proc")
        }
    }

    /// Podman's `unmask`: `ALL`, or paths with colons between them.
    ///
    /// - Parameter value: in lower case.
    static func isOpened(by value: String) -> Bool {
        value == "all"
            || Pieces(of: value, separator: ":").contains { part in
                part.utf8.starts(with: "/proc".utf8) || part.utf8.starts(with: "/sys".utf8) || part == "/*"
            }
    }
}
