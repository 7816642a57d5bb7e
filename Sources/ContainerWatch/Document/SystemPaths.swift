import Base

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
