import Base

/// Masking keys from the kernel's random generator, fetched 256 at a time.
///
/// RFC 6455 wants them unpredictable; a system call for every frame would cost more than masking does.
struct MaskSource {
    private static let batch = 256
    private var keys: [UInt32] = []

    mutating func next() -> UInt32 {
        if let key = self.keys.popLast() { return key }
        self.keys = RandomBytes.words(Self.batch)
        return self.keys.removeLast()
    }
}
