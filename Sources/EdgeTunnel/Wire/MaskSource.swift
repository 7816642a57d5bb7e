import Glibc

/// Masking keys from the kernel's random generator, fetched 1,024 at a time.
///
/// RFC 6455 wants them unpredictable; a system call for every frame would cost more than masking does.
struct MaskSource {
    private static let batch = 1024
    private var keys: [UInt32] = []

    mutating func next() -> UInt32 {
        if let key = self.keys.popLast() { return key }
        self.keys = (0..<Self.batch).map { _ in 0 }
        self.keys.withUnsafeMutableBytes { bytes in
            // Up to 256 bytes never fail or fall short, so the batch is filled in such steps.
            for start in stride(from: 0, to: bytes.count, by: 256) {
                precondition(getrandom(bytes.baseAddress! + start, 256, 0) == 256, "the kernel gave no random bytes")
            }
        }
        return self.keys.removeLast()
    }
}
