import Glibc

/// Unpredictable bytes from the kernel's generator, such as WebSocket masking keys.
package enum RandomBytes {
    /// One system call for every 64 words, which is as much as `getentropy` gives.
    package static func words(_ count: Int) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { words, written in
            let bytes = UnsafeMutableRawBufferPointer(words)
            for start in stride(from: 0, to: bytes.count, by: 256) {
                let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<min(start + 256, bytes.count)])
                guard getentropy(piece.baseAddress, piece.count) == 0 else {
                    preconditionFailure("the kernel has no random bytes: \(SystemFault.last)")
                }
            }
            written = count
        }
    }
}
