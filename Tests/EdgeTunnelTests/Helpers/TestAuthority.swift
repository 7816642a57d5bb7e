import Foundation
import NIOSSL
import Support

/// A certificate authority in a folder of its own, made with the `openssl` program, gone with the object.
final class TestAuthority: Sendable {
    struct Leaf: Sendable {
        /// PEM.
        let file: String
        /// PEM.
        let keyFile: String

        /// For a server that shows this certificate.
        func server(_ change: (inout TLSConfiguration) throws -> Void = { _ in }) throws -> NIOSSLContext {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(self.file).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: self.keyFile, format: .pem))
            )
            try change(&configuration)
            return try NIOSSLContext(configuration: configuration)
        }
    }

    /// What a certificate's key is.
    enum Key: Sendable, Hashable {
        case p256, p384, p521, ed25519
        case rsa(bits: Int)
        /// For RSA-PSS signatures alone.
        case rsaPSS

        fileprivate var options: [String] {
            switch self {
            case .p256: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            case .p384: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1", "-nodes"]
            case .p521: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp521r1", "-nodes"]
            case .ed25519: ["-newkey", "ed25519", "-nodes"]
            case .rsa(let bits): ["-newkey", "rsa:\(bits)", "-nodes"]
            case .rsaPSS: ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-nodes"]
            }
        }
    }

    let folder: String

    /// - Parameter signing: more options of `openssl req`, for the authority's own signature.
    init(key: Key = .p256, signing: [String] = []) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "dial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        self.folder = url.path
        try await self.openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-out", self.file, "-keyout", self.keyFile]
                + key.options + signing
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// PEM.
    var file: String { "\(self.folder)/ca.crt" }
    private var keyFile: String { "\(self.folder)/ca.key" }

    /// - Parameters:
    ///   - names: as OpenSSL writes them, such as `DNS:localhost,IP:127.0.0.1`.
    ///   - days: less than none makes one that has expired.
    ///   - usage: the extended key usage, such as `clientAuth`.
    ///   - signing: more options of `openssl x509`, such as `-sha1`.
    func leaf(
        _ names: String,
        days: Int = 2,
        key: Key = .p256,
        usage: String? = nil,
        signing: [String] = []
    ) async throws -> Leaf {
        let base = "\(self.folder)/\(UUID().uuidString)"
        let leaf = Leaf(file: "\(base).crt", keyFile: "\(base).key")
        try await self.openssl(
            ["req", "-new", "-subj", "/CN=leaf", "-addext", "subjectAltName=\(names)", "-out", "\(base).csr"]
                + (usage.map { ["-addext", "extendedKeyUsage=\($0)"] } ?? []) + key.options
                + ["-keyout", leaf.keyFile]
        )
        try await self.openssl(
            ["x509", "-req", "-in", "\(base).csr", "-CA", self.file, "-CAkey", self.keyFile, "-days", "\(days)"]
                + ["-copy_extensions", "copy", "-out", leaf.file] + signing
        )
        return leaf
    }

    /// The authority's own certificate, for a server that shows it.
    var own: Leaf { Leaf(file: self.file, keyFile: self.keyFile) }

    func write(_ text: String, to name: String) throws -> String {
        let path = "\(self.folder)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: what the program said.
    @discardableResult
    func openssl(_ arguments: [String]) async throws -> String {
        let end = try await runProgram("openssl", arguments)
        guard end.status == 0 else {
            throw Failure(description: "openssl \(arguments): \(String(decoding: end.errors, as: UTF8.self))")
        }
        return end.text
    }
}
