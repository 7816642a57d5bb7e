import Base

extension Rule {
    static let hostDevice = Rule(
        "host-device",
        .medium,
        "A device of the host is passed into the container.",
        remedy: "Remove it from `--device` (`devices`), or pass the one device that is needed.",
        references: [.cis("5.18")],
        ownsHost: true
    ) { document in
        let paths = document.devicePaths
        let devices: [Remark] = (paths + paths.compactMap { document.links[$0] }).compactMap { text in
            guard let path = HostPath(text) else { return nil }
            let device = HostDevice(path)
            guard let severity = device.severity else { return nil }
            return Remark(severity, device.detail(path), ["device": .text(path.text)])
        }
        return devices + (document.host["DeviceRequests"]?.elements ?? []).flatMap(Self.requested)
    }

    static let deviceCgroupWildcard = Rule(
        "device-cgroup-wildcard",
        .high,
        "The container may make and use nodes of the host's disks, of its memory, or of every device of a kind.",
        remedy: "Name the major and minor number of the one device in `--device-cgroup-rule`.",
        ownsHost: true
    ) { document in
        let entries = (document.host["DeviceCgroupRules"]?.texts ?? []).filter { DeviceRule($0)?.reachesHost ?? false }
        guard let first = entries.first else { return [] }
        let others = entries.count > 1 ? " and \(entries.count - 1) more" : ""
        return [
            Remark(.high, "The device rule '\(first)'\(others) covers disks or memory.", ["rules": .list(entries)])
        ]
    }

    /// What `--gpus` and devices of the Container Device Interface ask for. Which nodes come of it, the engine decides.
    private static func requested(_ request: JSONNode) -> [Remark] {
        let ids = request["DeviceIDs"]?.texts ?? []
        if !ids.isEmpty {
            return ids.map { Remark(.low, "The device \($0) is requested from a driver.", ["device": .text($0)]) }
        }
        let kinds = request["Capabilities"]?.elements.flatMap(\.texts) ?? []
        let name = kinds.first ?? request["Driver"]?.text ?? ""
        return [Remark(.low, "Devices of the kind \(name) are requested from a driver.", ["device": .text(name)])]
    }
}

extension HostDevice {
    fileprivate func detail(_ path: HostPath) -> String {
        switch self {
        case .everything: "Every device below \(path.text) is passed in."
        case .block: "The device \(path.text) is passed in: a disk is read and written past all file permissions."
        case .machine: "The device \(path.text) is passed in: it reaches the host's memory or registers."
        case .harmless, .graphics, .other: "The device \(path.text) is passed in."
        }
    }
}
