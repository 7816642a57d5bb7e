import CSodium

/// The calls into libsodium, so that every other file of this module reads as plain Swift.
enum Sodium {
    static let seedBytes = 32
    static let publicKeyBytes = 32
    static let secretKeyBytes = 64
    static let signatureBytes = 64

    // libsodium chooses its code paths for this processor once; a failure means there is no random source to trust.
    private static let isReady = sodium_init() >= 0

    private static func requireReady() {
        precondition(self.isReady, "libsodium could not be initialised: no usable random source")
    }

    static func fillWithRandomBytes(_ bytes: inout MutableSpan<UInt8>) {
        self.requireReady()
        unsafe bytes.withUnsafeMutableBufferPointer { unsafe randombytes_buf($0.baseAddress!, $0.count) }
    }

    static func wipe(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
        unsafe sodium_memzero(bytes.baseAddress!, bytes.count)
    }

    /// Compares in time that depends on the length only; different lengths are unequal at once.
    static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe left.withUnsafeBufferPointer { left in
            unsafe right.withUnsafeBufferPointer { right in
                unsafe sodium_memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
            }
        }
    }

    /// Writes the public key and the 64-byte secret key (seed, then public key) that belong to `seed`.
    static func expand(
        seed: Span<UInt8>,
        publicKey: inout MutableSpan<UInt8>,
        secretKey: inout MutableSpan<UInt8>
    ) {
        self.requireReady()
        precondition(
            seed.count == self.seedBytes && publicKey.count == self.publicKeyBytes
                && secretKey.count == self.secretKeyBytes
        )
        unsafe seed.withUnsafeBufferPointer { seed in
            unsafe publicKey.withUnsafeMutableBufferPointer { publicKey in
                unsafe secretKey.withUnsafeMutableBufferPointer { secretKey in
                    _ = unsafe crypto_sign_ed25519_seed_keypair(
                        publicKey.baseAddress!,
                        secretKey.baseAddress!,
                        seed.baseAddress!
                    )
                }
            }
        }
    }

    static func sign(_ message: Span<UInt8>, secretKey: Span<UInt8>, into signature: inout MutableSpan<UInt8>) {
        self.requireReady()
        precondition(secretKey.count == self.secretKeyBytes && signature.count == self.signatureBytes)
        unsafe message.withUnsafeBufferPointer { message in
            unsafe secretKey.withUnsafeBufferPointer { secretKey in
                unsafe signature.withUnsafeMutableBufferPointer { signature in
                    _ = unsafe crypto_sign_ed25519_detached(
                        signature.baseAddress!,
                        nil,
                        message.baseAddress!,
                        UInt64(message.count),
                        secretKey.baseAddress!
                    )
                }
            }
        }
    }

    /// Whether these bytes are a public key that a private key can have: canonical, on the curve, and neither of small order
    /// nor mixed with such a part.
    static func isPublicKey(_ bytes: Span<UInt8>) -> Bool {
        self.requireReady()
        precondition(bytes.count == self.publicKeyBytes)
        return unsafe bytes.withUnsafeBufferPointer { unsafe crypto_core_ed25519_is_valid_point($0.baseAddress!) == 1 }
    }

    /// Refuses an S that is not reduced, and keys or commitments of small order, before it looks at the message.
    static func verify(_ signature: Span<UInt8>, of message: Span<UInt8>, publicKey: Span<UInt8>) -> Bool {
        self.requireReady()
        precondition(publicKey.count == self.publicKeyBytes && signature.count == self.signatureBytes)
        return unsafe signature.withUnsafeBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe publicKey.withUnsafeBufferPointer { publicKey in
                    unsafe crypto_sign_ed25519_verify_detached(
                        signature.baseAddress!,
                        message.baseAddress!,
                        UInt64(message.count),
                        publicKey.baseAddress!
                    ) == 0
                }
            }
        }
    }
}
