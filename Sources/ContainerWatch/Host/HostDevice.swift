import Base

/// What a path below `/dev` gives, known by its name. An alias that udev makes is what it is an alias of.
enum HostDevice: Sendable, Equatable {
    /// Every container has these.
    case harmless
    /// A graphics processor.
    case graphics
    /// Whatever no other case is.
    case other
    /// A disk, or what reads and writes one past its file system.
    case block
    /// The processor's own registers or the state of the sleeping kernel.
    case machine(isWhole: Bool)
    /// All of them.
    case everything

    private static let harmlessNames: Set = ["null", "zero", "full", "random", "urandom", "tty"]
    private static let memoryNames: Set = ["mem", "kmem", "port"]
    private static let machineNames: Set = ["snapshot", "nvram", "mcelog"]
    /// What makes more of them.
    private static let blockNames: Set = ["loop-control", "btrfs-control", "zfs"]
    private static let graphicsNames: Set = ["dri", "kfd", "dxg", "mali0", "nvhost-gpu", "nvmap"]
    private static let blockFolders: Set = [
        "mapper", "disk", "block", "md", "raw", "zvol", "bsg", "cciss", "ida", "rd", "etherd", "drbd", "bcache", "loop",
    ]
    private static let letteredPrefixes = ["sd", "vd", "xvd", "hd", "dasd", "rssd", "skd", "fio"]
    private static let numberedPrefixes = [
        "nvme", "mmcblk", "nbd", "rbd", "zd", "drbd", "bcache", "dm-", "loop", "md", "sg", "raw", "pmem", "zram", "ram",
        "mtd",
        "mtdblock", "ubi", "ubiblock", "ublkb", "ublkc", "st",
    ]
    /// Folders of devices that are not disks. Any other folder counts as a group of LVM's volumes.
    private static let otherFolders: Set = [
        "accel", "bus", "char", "cpu", "dma_heap", "dri", "dvb", "fd", "gpiochip0", "hidraw", "hugepages", "i2c",
        "infiniband",
        "input", "lirc0", "media", "mqueue", "net", "nvidia-caps", "pts", "serial", "shm", "snd", "tpm0", "usb", "v4l",
        "vfio",
    ]

    /// - Parameter path: of what the engine passes in; it goes through a folder by itself.
    init(_ path: HostPath) {
        guard path.names.first == "dev" else {
            // Only the host can tell what another path leads to.
            self = path.names.isEmpty ? .everything : .other
            return
        }
        guard path.names.count > 1 else {
            self = .everything
            return
        }
        self = Self.kind(path.names[1], isFolder: path.names.count > 2, last: path.names[path.names.count - 1])
    }

    private static func kind(_ name: String, isFolder: Bool, last: String) -> HostDevice {
        if self.graphicsNames.contains(name) || name.hasPrefix("nvidia") || name.hasPrefix("nvgpu") { return .graphics }
        if self.blockFolders.contains(name) { return .block }
        if name == "cpu" { return last == "microcode" || last == "cpuid" ? .other : .machine(isWhole: false) }
        if isFolder { return self.otherFolders.contains(name) ? .other : .block }
        if self.harmlessNames.contains(name) { return .harmless }
        if self.memoryNames.contains(name) { return .machine(isWhole: true) }
        if self.machineNames.contains(name) { return .machine(isWhole: false) }
        return self.blockNames.contains(name) || self.isDisk(name) ? .block : .other
    }

    /// `sda1` and `nvme0n1`: letters or a number follow, and not much more.
    private static func isDisk(_ name: String) -> Bool {
        self.letteredPrefixes.contains { prefix in
            let rest = name.utf8.dropFirst(prefix.utf8.count).prefix(6)
            return name.utf8.starts(with: prefix.utf8) && rest.count < 6 && rest.first.map { !$0.isDigit } ?? false
        }
            || self.numberedPrefixes.contains { prefix in
                name.utf8.starts(with: prefix.utf8)
                    && name.utf8.dropFirst(prefix.utf8.count).first.map(\.isDigit) ?? false
            }
    }
}

extension HostDevice {
    /// `nil` for what is not worth a word.
    var severity: Severity? {
        switch self {
        case .harmless: nil
        case .graphics: .low
        case .other: .medium
        case .block, .machine(isWhole: false): .high
        case .machine(isWhole: true), .everything: .critical
        }
    }
}

/// One entry of `HostConfig.DeviceCgroupRules`, as in `b 8:* rwm`. A container makes the node itself: MKNOD is among the
/// capabilities that it has by default.
struct DeviceRule: Sendable {
    enum Kind: Sendable {
        case all, block, character
    }

    let kind: Kind
    /// `nil` stands for every number.
    let major: Int?
    let minor: Int?

    /// - Returns: `nil` for what an engine would not take.
    init?(_ text: String) {
        // The kind, the numbers, the permissions, and in one piece what follows them.
        let words = text.split(maxSplits: 3, whereSeparator: \.isWhitespace)
        switch words.first?.utf8.first {
        case UInt8(ascii: "a"):
            (self.kind, self.major, self.minor) = (.all, nil, nil)
            return
        case UInt8(ascii: "b"): self.kind = .block
        case UInt8(ascii: "c"): self.kind = .character
        default: return nil
        }
        guard words.count > 2 else { return nil }
        let numbers = words[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        self.major = numbers[0] == "*" ? nil : Int(numbers[0]) ?? -1
        self.minor = numbers.count < 2 || numbers[1] == "*" ? nil : Int(numbers[1]) ?? -1
    }

    /// Character devices that read or write the host's memory, registers, disks or the image of a sleeping kernel.
    private static let dangerous: [(major: Int, minor: Int?)] = [
        (1, 1), (1, 2), (1, 4), (10, 144), (10, 231), (21, nil), (162, nil), (202, nil),
    ]

    /// Whether one of the devices that it covers reaches past the container.
    var reachesHost: Bool {
        switch self.kind {
        case .all, .block: true
        case .character:
            Self.dangerous.contains { device in
                (self.major ?? device.major) == device.major
                    && (self.minor == nil || device.minor == nil || self.minor == device.minor)
            }
        }
    }
}
