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

    let folder: String
    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    init() async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "dial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        self.folder = url.path
        try await self.openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-out", self.file, "-keyout", self.keyFile]
                + Self.newKey
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
    func leaf(_ names: String, days: Int = 2) async throws -> Leaf {
        let base = "\(self.folder)/\(UUID().uuidString)"
        let leaf = Leaf(file: "\(base).crt", keyFile: "\(base).key")
        try await self.openssl(
            ["req", "-new", "-subj", "/CN=leaf", "-addext", "subjectAltName=\(names)", "-out", "\(base).csr"]
                + Self.newKey + ["-keyout", leaf.keyFile]
        )
        try await self.openssl(
            ["x509", "-req", "-in", "\(base).csr", "-CA", self.file, "-CAkey", self.keyFile, "-days", "\(days)"]
                + ["-copy_extensions", "copy", "-out", leaf.file]
        )
        return leaf
    }

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
