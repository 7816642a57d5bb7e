import Auth
import Foundation
import Support
import Testing

@Suite struct EncryptedPKCS8Tests {
    private let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private func encrypt(_ options: [String], passphrase: String) async throws -> String {
        let plain = try self.folder.write(Vectors.pem, to: "plain.pem")
        let path = self.folder.file("encrypted.pem")
        try await OpenSSL.run(
            ["pkcs8", "-topk8", "-in", plain, "-out", path, "-passout", "pass:\(passphrase)"] + options
        )
        chmod(path, 0o600)
        return path
    }

    @Test(arguments: [
        ["-v2", "aes-256-cbc"], ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"], ["-scrypt", "-scrypt_N", "1024"],
    ])
    func readsWhatOpenSSLEncrypts(options: [String]) async throws {
        let path = try await self.encrypt(options, passphrase: "pässword ")
        let passphrase = try self.folder.write("  pässword \n", to: "passphrase")
        // Like every secret file, the passphrase loses the white space around it.
        let error = #expect(throws: KeyFileError.self) { try SigningKey.load(path: path, passphraseFile: passphrase) }
        #expect(error?.code == .wrongPassphrase)

        let trimmed = try await self.encrypt(options, passphrase: "pässword")
        let key = try SigningKey.load(path: trimmed, passphraseFile: passphrase)
        #expect(key.verifyingKey.keyID == Vectors.keyID)
    }

    @Test func saysThatThePassphraseIsMissing() async throws {
        let path = try await self.encrypt([], passphrase: "secret")
        let error = #expect(throws: KeyFileError.self) { try SigningKey.load(path: path) }
        #expect(error?.code == .encrypted)
        #expect(error?.description.contains("PRIVATE_KEY_PASSPHRASE_FILE") == true)
    }

    @Test func anUnencryptedKeyDoesNotMindAPassphrase() throws {
        let path = try self.folder.write(Vectors.pem, to: "plain.pem")
        let passphrase = try self.folder.write("secret", to: "passphrase")
        #expect(try SigningKey.load(path: path, passphraseFile: passphrase).verifyingKey.keyID == Vectors.keyID)
    }

    @Test func refusesContentsThatAreNoContainer() throws {
        let pem = Vectors.pem.replacing("PRIVATE KEY", with: "ENCRYPTED PRIVATE KEY")
        let path = try self.folder.write(pem, to: "key.pem")
        let passphrase = try self.folder.write("secret", to: "passphrase")
        let error = #expect(throws: KeyFileError.self) { try SigningKey.load(path: path, passphraseFile: passphrase) }
        #expect(error?.code == .malformed)
        #expect(error?.path == path)
    }

    @Test func anEncryptedKeyOfAnotherKindIsNamed() async throws {
        let path = self.folder.file("x25519.pem")
        try await OpenSSL.run("genpkey", "-algorithm", "X25519", "-aes256", "-pass", "pass:secret", "-out", path)
        chmod(path, 0o600)
        let passphrase = try self.folder.write("secret", to: "passphrase")
        let error = #expect(throws: KeyFileError.self) { try SigningKey.load(path: path, passphraseFile: passphrase) }
        #expect(error?.code == .wrongAlgorithm)
    }
}
