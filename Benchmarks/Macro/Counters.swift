/// The bytes of a benchmark's stream: numbers of eight bytes, each one more than the last, so that nothing can be lost,
/// doubled, swapped or damaged unseen.
struct Counters {
    private var next: UInt64 = 0
    private var partial: UInt64 = 0
    private var partialCount = 0
    private(set) var count = 0
    private(set) var isIntact = true

    /// Writes the numbers that come next; the size must be a multiple of eight.
    mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        for offset in stride(from: 0, to: bytes.count, by: 8) {
            bytes.storeBytes(of: self.next, toByteOffset: offset, as: UInt64.self)
            self.next &+= 1
        }
    }

    /// Compares what came.
    mutating func check(_ bytes: UnsafeRawBufferPointer) {
        self.count += bytes.count
        var offset = 0
        while offset < bytes.count {
            if self.partialCount == 0, bytes.count - offset >= 8 {
                let number = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                if number != self.next { self.isIntact = false }
                self.next &+= 1
                offset += 8
            } else {
                self.partial |= UInt64(bytes[offset]) << UInt64(8 * self.partialCount)
                self.partialCount += 1
                offset += 1
                if self.partialCount == 8 {
                    if self.partial != self.next { self.isIntact = false }
                    self.next &+= 1
                    self.partial = 0
                    self.partialCount = 0
                }
            }
        }
    }
}
