import Base

/// Hides the payload of a client frame as RFC 6455 asks (section 5.3): every byte XOR the key byte of its place.
///
/// Works by machine words, since it touches every byte that leaves the tunnel. Masking twice gives the payload back.
enum WebSocketMask {
    /// Masks `bytes` in place; any length and alignment.
    /// - Parameter key: the four key bytes in memory order, as they stand in the frame header.
    static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        let word = UInt64(key) << 32 | UInt64(key)
        let block = SIMD4(repeating: word)
        var offset = 0
        while bytes.count - offset >= 32 {
            let pointer = base + offset
            pointer.storeBytes(of: pointer.loadUnaligned(as: SIMD4<UInt64>.self) ^ block, as: SIMD4<UInt64>.self)
            offset += 32
        }
        while bytes.count - offset >= 8 {
            let pointer = base + offset
            pointer.storeBytes(of: pointer.loadUnaligned(as: UInt64.self) ^ word, as: UInt64.self)
            offset += 8
        }
        withUnsafeBytes(of: key) { keyBytes in
            while offset < bytes.count {
                bytes[offset] ^= keyBytes[offset & 3]
                offset += 1
            }
        }
    }
}

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
