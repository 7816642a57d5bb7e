import Glibc

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
