extension Rule {
    static let hostDevice = Rule(
        "host-device",
        .medium,
        "A device of the host is passed into the container.",
        remedy: "Remove it from `--device` (`devices`), or pass it with the permission r only.",
        references: [.cis("5.18")]
    ) { document in
        (document.host["Devices"]?.elements ?? []).compactMap { entry in
            guard let device = entry["PathOnHost"]?.text.flatMap({ HostPath($0) }),
                let severity = Self.severity(of: device)
            else { return nil }
            return Remark(severity, "The device \(device.text) is passed in.", ["device": .text(device.text)])
        }
    }

    static let deviceCgroupWildcard = Rule(
        "device-cgroup-wildcard",
        .high,
        "The container may create and use every device of a kind, block devices among them.",
        remedy: "Name the major and minor number of the one device in `--device-cgroup-rule`."
    ) { document in
        let entries = (document.host["DeviceCgroupRules"]?.texts ?? []).filter(Self.isWildcard)
        guard let first = entries.first else { return [] }
        let others = entries.count > 1 ? " and \(entries.count - 1) more" : ""
        return [Remark(.high, "The device rule '\(first)'\(others) covers every device.", ["rules": .list(entries)])]
    }

    private static let harmlessDevices = [HostPath](
        fixed: "/dev/null",
        "/dev/zero",
        "/dev/full",
        "/dev/random",
        "/dev/urandom",
        "/dev/tty"
    )
    /// The memory and the ports of the machine itself.
    private static let machineDevices = [HostPath](fixed: "/dev/mem", "/dev/kmem", "/dev/port")
    private static let diskPrefixes = ["sd", "vd", "xvd", "nvme", "dm-", "mapper/", "loop", "md"]

    private static func severity(of device: HostPath) -> Severity? {
        if self.harmlessDevices.contains(where: device.isAt) { return nil }
        if self.machineDevices.contains(where: device.isAt) { return .critical }
        let name = device.text.hasPrefix("/dev/") ? device.text.dropFirst(5) : ""
        return self.diskPrefixes.contains(where: name.hasPrefix) ? .high : .medium
    }

    /// `a` is every device; `*:*` is every number, which matters once it may be written or made.
    private static func isWildcard(_ rule: String) -> Bool {
        // The kind, the numbers, the permissions, and in one piece what follows them.
        let words = rule.split(maxSplits: 3, whereSeparator: \.isWhitespace)
        guard let kind = words.first else { return false }
        if kind.hasPrefix("a") { return true }
        return words.count > 2 && words[1] == "*:*" && words[2].contains { "wm".contains($0) }
    }
}
