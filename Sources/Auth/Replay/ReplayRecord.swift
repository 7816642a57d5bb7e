import Glibc

/// One entry of the replay journal: 48 bytes, so that the end of a file that a crash cut off is found by its length.
///
/// Layout: seven letters and the kind, two numbers of 8 bytes, 16 bytes, and the first 8 bytes of the SHA-256 of all that.
/// Numbers are big-endian.
enum ReplayRecord: Hashable, Sendable {
    /// Begins each file.
    /// - Parameters:
    ///   - generation: one more than in the file that this one continues.
    ///   - floor: timestamps up to this one are refused.
    case header(generation: Int64, floor: Int64, boot: BootID)
    /// Timestamps of this key up to this one are refused, whatever boot it is.
    case floor(key: UInt64, timestamp: Int64)
    /// No timestamp above this one was accepted from this key; it is on the disk before one comes close.
    case ceiling(key: UInt64, timestamp: Int64)
    case claim(ReplayClaim)

    static let byteCount = 48
    private static let checkedBytes = 40
    private static let magic = Array("lookrpl".utf8)

    func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        let fields: (kind: UInt8, first: UInt64, second: Int64, block: [16 of UInt8])
        switch self {
        case .header(let generation, let floor, let boot):
            fields = (UInt8(ascii: "H"), UInt64(bitPattern: generation), floor, boot.bytes)
        case .floor(let key, let timestamp): fields = (UInt8(ascii: "F"), key, timestamp, [16 of UInt8](repeating: 0))
        case .ceiling(let key, let timestamp): fields = (UInt8(ascii: "C"), key, timestamp, [16 of UInt8](repeating: 0))
        case .claim(let claim): fields = (UInt8(ascii: "N"), claim.key, claim.timestamp, claim.nonce.raw)
        }
        bytes += Self.magic
        bytes.append(fields.kind)
        Self.append(fields.first, to: &bytes)
        Self.append(UInt64(bitPattern: fields.second), to: &bytes)
        for index in fields.block.indices { bytes.append(fields.block[index]) }
        let check = SHA256Digest(of: bytes.span.extracting(start...))
        for index in 0..<(Self.byteCount - Self.checkedBytes) { bytes.append(check.bytes[index]) }
    }

    /// `nil` unless the bytes are exactly what `append(to:)` writes.
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount, Self.magic.indices.allSatisfy({ bytes[$0] == Self.magic[$0] }) else {
            return nil
        }
        let check = SHA256Digest(of: bytes.extracting(first: Self.checkedBytes))
        for index in Self.checkedBytes..<Self.byteCount {
            guard bytes[index] == check.bytes[index - Self.checkedBytes] else { return nil }
        }
        let first = Self.number(bytes.extracting(8..<16))
        let second = Int64(bitPattern: Self.number(bytes.extracting(16..<24)))
        let block = [16 of UInt8] { bytes[24 + $0] }
        switch bytes[Self.magic.count] {
        case UInt8(ascii: "H"):
            self = .header(generation: Int64(bitPattern: first), floor: second, boot: BootID(bytes: block))
        case UInt8(ascii: "F"): self = .floor(key: first, timestamp: second)
        case UInt8(ascii: "C"): self = .ceiling(key: first, timestamp: second)
        case UInt8(ascii: "N"):
            self = .claim(ReplayClaim(key: first, timestamp: second, nonce: Nonce(raw: block)))
        default: return nil
        }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    private static func number(_ bytes: Span<UInt8>) -> UInt64 {
        bytes.indices.reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }
}

/// A nonce that was used up.
struct ReplayClaim: Hashable, Sendable {
    let key: UInt64
    let timestamp: Int64
    let nonce: Nonce
}

/// Tells one start of the kernel from another: 16 random bytes that Linux draws when it boots.
struct BootID: Hashable, Sendable {
    let bytes: [16 of UInt8]

    init(bytes: [16 of UInt8]) {
        self.bytes = bytes
    }

    /// Reads a UUID as `/proc/sys/kernel/random/boot_id` prints it.
    init?(_ text: some StringProtocol) {
        guard let nonce = Nonce(String(text.filter { $0 != "-" && !$0.isWhitespace })) else { return nil }
        self.bytes = nonce.raw
    }

    /// `nil` where the kernel does not say; then each start of the process counts as a boot.
    static var current: BootID? {
        let descriptor = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        return count > 0 ? BootID(String(decoding: buffer.prefix(count), as: UTF8.self)) : nil
    }

    static func == (left: BootID, right: BootID) -> Bool {
        left.bytes.indices.allSatisfy { left.bytes[$0] == right.bytes[$0] }
    }

    func hash(into hasher: inout Hasher) {
        for index in self.bytes.indices { hasher.combine(self.bytes[index]) }
    }
}
