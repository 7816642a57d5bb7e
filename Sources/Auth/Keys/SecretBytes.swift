/// Holds a secret for as long as it is needed and overwrites it with zeros afterwards.
///
/// The type cannot be copied, so the place that is wiped is the only one. Never empty.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {
    // Written during `init` only, so that reading from several threads is safe.
    private let storage: UnsafeMutableBufferPointer<UInt8>

    /// Makes `count` zero bytes and lets `fill` write the secret in place.
    ///
    /// - Parameter count: at least 1.
    package init<E: Error>(
        count: Int,
        filledBy fill: (inout MutableSpan<UInt8>) throws(E) -> Void
    ) throws(E) {
        precondition(count > 0, "a secret has at least one byte")
        let storage = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
        unsafe storage.initialize(repeating: 0)
        do throws(E) {
            var span = unsafe MutableSpan(_unsafeElements: storage)
            try fill(&span)
        } catch {
            // There is no value yet, so `deinit` will not do it.
            unsafe Self.destroy(storage)
            throw error
        }
        unsafe self.storage = storage
    }

    /// Copies `bytes`, which must not be empty; wiping the original is up to its owner.
    package init(copying bytes: Span<UInt8>) {
        self.init(count: bytes.count) { secret in
            for index in bytes.indices {
                secret[index] = bytes[index]
            }
        }
    }

    package var count: Int { unsafe self.storage.count }

    /// Lends the bytes to `body`; what `body` copies out of them is no longer wiped.
    package borrowing func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(unsafe Span(_unsafeElements: UnsafeBufferPointer(self.storage)))
    }

    deinit {
        unsafe Self.destroy(self.storage)
    }

    private static func destroy(_ storage: UnsafeMutableBufferPointer<UInt8>) {
        unsafe Sodium.wipe(storage)
        unsafe storage.deallocate()
    }
}
