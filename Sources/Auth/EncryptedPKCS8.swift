import CCrypto

/// Decrypts a private key that is protected with a passphrase, as `openssl genpkey -aes256` writes it.
enum EncryptedPKCS8 {
    /// - Throws: `.wrongPassphrase`, which is also what a damaged file looks like; `.malformed`.
    static func decrypt(_ der: Span<UInt8>, passphrase: Span<UInt8>) throws(KeyFileError) -> SecretBytes {
        // Other code in this process must not find our failed attempt in its error queue.
        defer { ERR_clear_error() }
        guard let encrypted = unsafe self.parse(der) else {
            throw KeyFileError(.malformed, "its encrypted container cannot be read")
        }
        defer { unsafe X509_SIG_free(encrypted) }
        let key = unsafe passphrase.withUnsafeBytes { passphrase in
            unsafe PKCS8_decrypt(
                encrypted,
                passphrase.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(passphrase.count)
            )
        }
        guard let key = unsafe key else {
            throw KeyFileError(.wrongPassphrase, "cannot be decrypted with this passphrase")
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(key) }
        let length = Int(unsafe i2d_PKCS8_PRIV_KEY_INFO(key, nil))
        guard length > 0 else { throw KeyFileError(.malformed, "its decrypted contents cannot be read") }
        return SecretBytes(count: length) { bytes in
            unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                var cursor = bytes.baseAddress
                _ = unsafe i2d_PKCS8_PRIV_KEY_INFO(key, &cursor)
            }
        }
    }

    private static func parse(_ der: Span<UInt8>) -> OpaquePointer? {
        unsafe der.withUnsafeBufferPointer { der in
            var cursor = der.baseAddress
            return unsafe d2i_X509_SIG(nil, &cursor, der.count)
        }
    }
}
