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
