import CCrypto

/// The container of a private key (RFC 5958, RFC 8410): read in versions 0 and 1, written in version 0.
enum PKCS8 {
    /// Everything before the seed in version 0: SEQUENCE, version 0, the Ed25519 algorithm, two nested OCTET STRINGs.
    private static let prefix: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// Where the parts of a key lie in the container.
    struct Layout {
        let seed: Range<Int>
        /// Present in version 1 only.
        let publicKey: Range<Int>?
    }

    static func encode(seed: Span<UInt8>) -> SecretBytes {
        SecretBytes(count: self.prefix.count + seed.count) { der in
            for (index, byte) in self.prefix.enumerated() {
                der[index] = byte
            }
            for index in seed.indices {
                der[self.prefix.count + index] = seed[index]
            }
        }
    }

    /// - Throws: `.wrongAlgorithm` naming the algorithm that was found; `.malformed`.
    static func layout(of der: Span<UInt8>) throws(KeyFileError) -> Layout {
        var outer = DERReader(whole: der)
        var fields = DERReader(try outer.require(.sequence, in: der))
        guard outer.isAtEnd else { throw DERReader.malformed("bytes follow the key") }

        let version = try fields.require(.integer, in: der)
        guard version.count == 1, der[version.lowerBound] <= 1 else {
            throw DERReader.malformed("the version of its PKCS#8 container is unknown")
        }
        var algorithm = DERReader(try fields.require(.sequence, in: der))
        let identifier = ObjectIdentifierName.name(
            of: der.extracting(try algorithm.require(.objectIdentifier, in: der))
        )
        guard identifier == ObjectIdentifierName.ed25519 else {
            throw KeyFileError(.wrongAlgorithm, "holds a private key for \(identifier), not Ed25519")
        }
        guard algorithm.isAtEnd else { throw DERReader.malformed("Ed25519 takes no parameters") }

        var inner = DERReader(try fields.require(.octetString, in: der))
        let seed = try inner.require(.octetString, in: der)
        guard seed.count == Sodium.seedBytes, inner.isAtEnd else {
            throw DERReader.malformed("the seed has \(seed.count) bytes, not \(Sodium.seedBytes)")
        }

        _ = try fields.take(.attributes, in: der)
        let bits = try fields.take(.publicKey, in: der)
        guard fields.isAtEnd else { throw DERReader.malformed("unknown fields follow the seed") }
        if let bits {
            // The first byte of a BIT STRING says how many bits of the last one are unused.
            guard bits.count == Sodium.publicKeyBytes + 1, der[bits.lowerBound] == 0 else {
                throw DERReader.malformed("the public key has the wrong length")
            }
        }
        return Layout(seed: seed, publicKey: bits.map { $0.dropFirst() })
    }
}

/// Walks DER elements by position, so that no copy of key material is made. Holds just what PKCS#8 needs.
struct DERReader {
    enum Tag: UInt8 {
        case integer = 0x02
        case octetString = 0x04
        case objectIdentifier = 0x06
        case sequence = 0x30
        case publicKey = 0x81
        case attributes = 0xa0
    }

    private var position: Int
    private let end: Int

    init(_ range: Range<Int>) {
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    init(whole bytes: Span<UInt8>) {
        self.init(0..<bytes.count)
    }

    var isAtEnd: Bool { self.position == self.end }

    static func malformed(_ reason: String) -> KeyFileError {
        KeyFileError(.malformed, "its PKCS#8 contents are not valid: \(reason)")
    }

    /// The contents of the next element, which must have this tag.
    mutating func require(_ tag: Tag, in bytes: Span<UInt8>) throws(KeyFileError) -> Range<Int> {
        guard let contents = try self.take(tag, in: bytes) else {
            throw Self.malformed("expected \(tag) at byte \(self.position)")
        }
        return contents
    }

    /// The contents of the next element if it has this tag.
    mutating func take(_ tag: Tag, in bytes: Span<UInt8>) throws(KeyFileError) -> Range<Int>? {
        guard self.position < self.end, bytes[self.position] == tag.rawValue else { return nil }
        var cursor = self.position + 1
        guard cursor < self.end else { throw Self.malformed("it is cut off") }
        var length = Int(bytes[cursor])
        cursor += 1
        if length >= 0x80 {
            // Two length bytes reach 64 KiB, more than any key file may have.
            let lengthBytes = length & 0x7f
            guard (1...2).contains(lengthBytes), cursor + lengthBytes <= self.end else {
                throw Self.malformed("a length is wrong")
            }
            length = 0
            for _ in 0..<lengthBytes {
                length = length << 8 | Int(bytes[cursor])
                cursor += 1
            }
        }
        guard length <= self.end - cursor else { throw Self.malformed("it is cut off") }
        self.position = cursor + length
        return cursor..<self.position
    }
}

/// Algorithm names for messages, so that "holds an RSA key" is said instead of a row of numbers.
enum ObjectIdentifierName {
    static let ed25519 = "Ed25519"

    private static let names = [
        "1.2.840.10040.4.1": "DSA",
        "1.2.840.10045.2.1": "an elliptic curve (EC)",
        "1.2.840.113549.1.1.1": "RSA",
        "1.2.840.113549.1.1.10": "RSA-PSS",
        "1.3.101.110": "X25519",
        "1.3.101.111": "X448",
        "1.3.101.112": ed25519,
        "1.3.101.113": "Ed448",
    ]

    static func name(of encoded: Span<UInt8>) -> String {
        var numbers: [UInt64] = []
        var value: UInt64 = 0
        for index in encoded.indices {
            value = value << 7 | UInt64(encoded[index] & 0x7f)
            guard encoded[index] & 0x80 == 0 else { continue }
            if numbers.isEmpty {
                numbers = [min(value / 40, 2)]
                value -= numbers[0] * 40
            }
            numbers.append(value)
            value = 0
        }
        let dotted = numbers.map(String.init).joined(separator: ".")
        return self.names[dotted] ?? "algorithm \(dotted)"
    }
}

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
