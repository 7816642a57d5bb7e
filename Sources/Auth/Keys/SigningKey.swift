import Base
import Glibc

/// The private half of an Ed25519 key, which signs hellos, requests and audit checkpoints.
///
/// A reference, so that a settings struct can hold it while the secret stays in one place, which is wiped at the end.
package final class SigningKey: Sendable {
    /// Far above any key with text around it.
    package static let maxFileBytes = 64 * 1024

    package let verifyingKey: VerifyingKey
    // Seed and public key together: the form in which libsodium signs.
    private let secret: SecretBytes

    /// - Parameter seed: 32 bytes.
    init(seed: borrowing SecretBytes) {
        var publicKey = [32 of UInt8](repeating: 0)
        self.secret = SecretBytes(count: Sodium.secretKeyBytes) { secret in
            var span = publicKey.mutableSpan
            seed.withBytes { Sodium.expand(seed: $0, publicKey: &span, secretKey: &secret) }
        }
        self.verifyingKey = VerifyingKey(bytes: publicKey)
    }

    /// Makes a new key from the system's random source.
    package static func generate() -> SigningKey {
        SigningKey(seed: SecretBytes(count: Sodium.seedBytes) { Sodium.fillWithRandomBytes(&$0) })
    }

    /// Reads the first PEM block in `text`: PKCS#8 with an Ed25519 key. Text around the block is ignored, so that the
    /// output of `keygen`, which adds the `authorized_keys` line, loads as it is.
    package convenience init(pem text: Span<UInt8>) throws(KeyFileError) {
        self.init(seed: try Self.seed(inPEM: text, passphrase: nil))
    }

    /// As `init(pem:)`, and also reads a key that is encrypted with `passphrase`.
    package convenience init(pem text: Span<UInt8>, passphrase: borrowing SecretBytes) throws(KeyFileError) {
        self.init(
            seed: try passphrase.withBytes { passphrase throws(KeyFileError) in
                try Self.seed(inPEM: text, passphrase: passphrase)
            }
        )
    }

    package convenience init(pem text: String) throws(KeyFileError) {
        try self.init(pem: Array(text.utf8).span)
    }

    private static func seed(inPEM text: Span<UInt8>, passphrase: Span<UInt8>?) throws(KeyFileError) -> SecretBytes {
        let block = try PEMBlock(firstIn: text)
        switch block.label {
        case "PRIVATE KEY":
            return try block.contents.withBytes { der throws(KeyFileError) in try self.seed(inPKCS8: der) }
        case "ENCRYPTED PRIVATE KEY":
            guard let passphrase else { throw self.refusal(of: block.label) }
            let decrypted = try block.contents.withBytes { der throws(KeyFileError) in
                try EncryptedPKCS8.decrypt(der, passphrase: passphrase)
            }
            return try decrypted.withBytes { der throws(KeyFileError) in try self.seed(inPKCS8: der) }
        default:
            throw self.refusal(of: block.label)
        }
    }

    private static func seed(inPKCS8 der: Span<UInt8>) throws(KeyFileError) -> SecretBytes {
        let layout = try PKCS8.layout(of: der)
        let seed = SecretBytes(copying: der.extracting(layout.seed))
        if let publicKey = layout.publicKey {
            let derived = SigningKey(seed: seed).verifyingKey
            guard Sodium.areEqual(der.extracting(publicKey), derived.bytes.span) else {
                throw KeyFileError(.keyMismatch, "its public key does not belong to its private key")
            }
        }
        return seed
    }

    /// Reads a key file that no other user can read or change; the checks are made on the opened file.
    ///
    /// - Parameter passphraseFile: a file with the passphrase of an encrypted key. White space around it is dropped.
    package static func load(path: String, passphraseFile: String? = nil) throws(KeyFileError) -> SigningKey {
        let file = try GuardedFile.read(path, maxBytes: self.maxFileBytes)
        guard let passphraseFile else {
            return try file.withBytes { bytes throws(KeyFileError) in
                do throws(KeyFileError) { return try SigningKey(pem: bytes) } catch { throw error.at(path: path) }
            }
        }
        let passphrase = try SecretFile(path: passphraseFile)
        return try file.withBytes { bytes throws(KeyFileError) in
            do throws(KeyFileError) {
                return try SigningKey(pem: bytes, passphrase: passphrase.secret)
            } catch {
                throw error.at(path: path)
            }
        }
    }

    /// Ed25519 is deterministic here: the same message gives the same 64 bytes.
    package func signature(of message: Span<UInt8>) -> Signature {
        var bytes = [64 of UInt8](repeating: 0)
        var span = bytes.mutableSpan
        self.secret.withBytes { Sodium.sign(message, secretKey: $0, into: &span) }
        return Signature(bytes: bytes)
    }

    /// The key as a PEM file, PKCS#8 version 0, with the same bytes as `openssl genpkey` would write for it.
    package func pem() -> SecretBytes {
        let der = self.secret.withBytes { PKCS8.encode(seed: $0.extracting(first: Sodium.seedBytes)) }
        let head = Array("-----BEGIN PRIVATE KEY-----\n".utf8)
        let tail = Array("\n-----END PRIVATE KEY-----\n".utf8)
        let base64 = ByteText.Base64.standard.textBytes(for: der.count)
        return SecretBytes(count: head.count + base64 + tail.count) { pem in
            for index in head.indices {
                pem[index] = head[index]
            }
            der.withBytes { ByteText.encode($0, .standard, into: &pem, at: head.count) }
            for index in tail.indices {
                pem[head.count + base64 + index] = tail[index]
            }
        }
    }

    private static func refusal(of label: String) -> KeyFileError {
        switch label {
        case "ENCRYPTED PRIVATE KEY": KeyFileError(.encrypted, "the private key is encrypted")
        case "EC PRIVATE KEY": KeyFileError(.wrongAlgorithm, "holds an elliptic curve key (`EC PRIVATE KEY`)")
        case "RSA PRIVATE KEY": KeyFileError(.wrongAlgorithm, "holds an RSA key (`RSA PRIVATE KEY`)")
        case "OPENSSH PRIVATE KEY": KeyFileError(.wrongFormat, "is in the OpenSSH format (`OPENSSH PRIVATE KEY`)")
        case "PUBLIC KEY": KeyFileError(.wrongFormat, "holds a public key where the private key is needed")
        default: KeyFileError(.wrongFormat, "its first PEM block is `\(label)`, not `PRIVATE KEY`")
        }
    }
}

/// Puts a private key into a file that was not there before and that only its owner can read.
package enum NewKeyFile {
    /// The key is on the disk when this returns. Nothing is left behind when it throws.
    ///
    /// - Throws: `.unwritable`, also when the file exists: a key that is in use must not be lost.
    package static func write(_ key: SigningKey, path: String) throws(KeyFileError) {
        do throws(SystemFault) {
            try key.pem().withBytes { pem throws(SystemFault) in
                try NewFile.create(path, with: pem, durability: .disk)
            }
        } catch {
            let why =
                error.code == EEXIST ? "exists already, and a key is never overwritten" : "cannot be written: \(error)"
            throw KeyFileError(.unwritable, why, path: path)
        }
    }
}
