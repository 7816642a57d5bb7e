package import Base

/// A volume with options of its own: what `GET /volumes/{name}` says, or what a mount brings along.
package struct VolumeDocument: Sendable {
    let name: String
    /// What of the host the volume is, each at a place of its own; empty for an ordinary one.
    let places: [Place]

    struct Place: Sendable {
        /// What it mounts, cleaned.
        let text: String
        let isReadOnly: Bool
        var severity: Severity?
        /// As written: the kernel follows a link before it goes up by `..`, so that the cleaned text may be another place.
        var written: String?
        /// Whether a file system on it is mounted, and not the path itself.
        var isDevice = false
    }

    package init(_ root: JSONNode) {
        self.init(name: root["Name"]?.text ?? "", driver: root["Driver"]?.text ?? "", options: root["Options"])
    }

    /// The volume that an entry of `HostConfig.Mounts` makes.
    ///
    /// - Returns: `nil` when it has no options.
    init?(mount: JSONNode) {
        let driver = mount["VolumeOptions"]["DriverConfig"]
        guard let options = driver["Options"], !options.members.isEmpty else { return nil }
        let name = driver["Name"]?.text ?? ""
        self.init(name: mount["Source"]?.text ?? "", driver: name.isEmpty ? "local" : name, options: options)
    }

    private init(name: String, driver: String, options: JSONNode?) {
        self.name = name
        let options = VolumeOptions(options)
        self.places = driver == "local" ? options.places : []
    }

    private init(name: String, places: [Place]) {
        self.name = name
        self.places = places
    }

    /// Paths of the host that may hold symbolic links.
    package var paths: [String] { self.places.map(\.path).filter { $0.utf8.first == UInt8(ascii: "/") } }

    /// Judged once more by where the engine's own sockets are.
    ///
    /// - Parameter paths: of the host, absolute.
    package func knowing(sockets paths: [String]) -> VolumeDocument {
        self.knowing(paths.compactMap { HostPath($0) })
    }

    func knowing(_ sockets: [HostPath]) -> VolumeDocument {
        let places = self.places.map { place in
            guard !place.isDevice, let path = HostPath(place.text),
                sockets.contains(where: { $0.isAtOrBelow(path) }),
                let severity = MountClass(path, isReadOnly: place.isReadOnly, sockets: sockets)?.severity
            else { return place }
            var reaching = place
            reaching.severity = place.severity.map { max($0, severity) } ?? severity
            return reaching
        }
        return VolumeDocument(name: self.name, places: places)
    }

    /// With what its paths lead to.
    package func following(_ links: [String: String]) -> VolumeDocument {
        let targets = self.places.compactMap { place in
            links[place.path].flatMap { HostPath($0) }.map { target in
                place.isDevice
                    ? Place(device: target, written: target.text, isReadOnly: place.isReadOnly)
                    : Place(target, isReadOnly: place.isReadOnly)
            }
        }
        return VolumeDocument(name: self.name, places: self.places + targets)
    }
}

/// Those of the local driver: what it hands to mount(2).
private struct VolumeOptions {
    private let type: String
    private let device: String
    private var isBind = false
    private var isReadOnly = false
    /// Paths of an overlay.
    private var lower: [Substring] = []
    private var upper: [Substring] = []

    /// Kinds whose content is the kernel's, wherever they are mounted, and the path that shows the same.
    private static let kernelPaths = [
        "proc": "/proc", "sysfs": "/sys", "cgroup": "/sys/fs/cgroup", "cgroup2": "/sys/fs/cgroup",
        "debugfs": "/sys/kernel/debug",
        "tracefs": "/sys/kernel/tracing", "securityfs": "/sys/kernel/security", "configfs": "/sys/kernel/config",
        "efivarfs": "/sys/firmware/efi/efivars", "bpf": "/sys/fs/bpf", "pstore": "/sys/fs/pstore", "devtmpfs": "/dev",
        "binfmt_misc": "/proc/sys/fs/binfmt_misc", "fusectl": "/sys/fs/fuse/connections",
        "selinuxfs": "/sys/fs/selinux",
    ]

    init(_ options: JSONNode?) {
        self.type = options["type"]?.text?.trimmingSpace.lowercased() ?? ""
        self.device = options["device"]?.text.map { String($0.trimmingSpace) } ?? ""
        for word in Pieces(of: options["o"]?.text ?? "", separator: ",") { self.take(word) }
    }

    /// Paths of one overlay that are looked at. The kernel takes a page of options, which holds fewer.
    private static let mostPaths = 4096

    /// Of two words that exclude one another the last one counts, as in the kernel.
    ///
    /// - Parameter word: as written. With a space beside it, neither the engine nor the kernel takes `ro` for what it is; `bind` is
    ///   taken with spaces too, since a finding too many does less harm.
    private mutating func take(_ word: Substring) {
        switch word {
        case _ where word.trimmingSpace == "bind" || word.trimmingSpace == "rbind": self.isBind = true
        case "ro": self.isReadOnly = true
        case "rw": self.isReadOnly = false
        default:
            guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return }
            let value = word[word.utf8.index(after: equals)...]
            switch word[..<equals] {
            case "lowerdir", "lowerdir+", "datadir+":
                for path in Pieces(of: String(value), separator: ":") where self.lower.count < Self.mostPaths {
                    self.lower.append(path)
                }
            case "upperdir", "workdir":
                if self.upper.count < Self.mostPaths { self.upper.append(value) }
            default: break
            }
        }
    }

    var places: [VolumeDocument.Place] {
        if self.isBind { return [VolumeDocument.Place(self.device, isReadOnly: self.isReadOnly)] }
        if let path = Self.kernelPaths[self.type] {
            return [VolumeDocument.Place(path, isReadOnly: self.isReadOnly)]
        }
        if self.type == "overlay" {
            return self.lower.map { VolumeDocument.Place(String($0), isReadOnly: true) }
                + self.upper.map { VolumeDocument.Place(String($0), isReadOnly: self.isReadOnly) }
        }
        if let word = ["LABEL=", "UUID=", "PARTLABEL=", "PARTUUID="].first(where: self.device.hasPrefix) {
            return [VolumeDocument.Place(text: "\(word)…", isReadOnly: self.isReadOnly, severity: .high)]
        }
        let device = VolumeDocument.Place.absolute(self.device)
        // The word `tmpfs` is a usual device, and not a path.
        guard let path = HostPath(device), path.names.first == "dev" || device == self.device else { return [] }
        return [VolumeDocument.Place(device: path, written: device, isReadOnly: self.isReadOnly)]
    }
}

extension VolumeDocument.Place {
    fileprivate var path: String { self.written ?? self.text }

    fileprivate static func absolute(_ written: String) -> String {
        written.isEmpty || written.utf8.first == UInt8(ascii: "/") ? written : "/\(written)"
    }

    /// What a file system is mounted from. Only a link tells what a path outside `/dev` is.
    fileprivate init(device path: HostPath, written: String, isReadOnly: Bool) {
        let severity = path.names.first == "dev" ? HostDevice(path).severity : nil
        self.init(text: path.text, isReadOnly: isReadOnly, severity: severity, written: written, isDevice: true)
    }

    /// - Parameter written: begins in the engine's own folder, which usually is the top, when it does not begin with a slash.
    fileprivate init(_ written: String, isReadOnly: Bool) {
        let absolute = Self.absolute(written)
        if let path = HostPath(absolute) {
            self.init(path, isReadOnly: isReadOnly)
            self.written = absolute
        } else {
            self.init(text: written, isReadOnly: isReadOnly, severity: nil)
        }
    }

    /// Without a severity where a mount of the path is not worth a word, and where it is for what an application keeps.
    fileprivate init(_ path: HostPath, isReadOnly: Bool) {
        var severity = MountClass(path, isReadOnly: isReadOnly)?.severity
        if case .extra(let found)? = MountClass(path, isReadOnly: isReadOnly), found < .high { severity = nil }
        self.init(text: path.text, isReadOnly: isReadOnly, severity: severity)
    }
}
