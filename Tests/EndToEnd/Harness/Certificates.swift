import Foundation

/// A certificate authority of one test.
struct Authority {
    /// PEM.
    let file: String
    fileprivate let keyFile: String
}

struct Certificate {
    /// PEM.
    let file: String
    let keyFile: String
}

extension Workbench {
    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    func makeAuthority(_ name: String = "Test CA") async throws -> Authority {
        let authority = Authority(file: self.file("\(name).crt"), keyFile: self.file("\(name).key"))
        try await self.openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-out", authority.file] + Self.newKey
                + ["-keyout", authority.keyFile]
        )
        return authority
    }

    /// - Parameters:
    ///   - names: as OpenSSL writes them, such as `DNS:localhost,IP:127.0.0.1`.
    ///   - days: less than none makes one that has expired.
    ///   - key: what `openssl req -newkey` takes.
    func makeCertificate(
        for names: String = "DNS:localhost,IP:127.0.0.1",
        from authority: Authority,
        days: Int = 2,
        key: [String]? = nil
    ) async throws -> Certificate {
        let base = self.file("leaf-\(UUID().uuidString.prefix(8))")
        let certificate = Certificate(file: "\(base).crt", keyFile: "\(base).key")
        try await self.openssl(
            ["req", "-new", "-subj", "/CN=controller", "-addext", "subjectAltName=\(names)", "-out", "\(base).csr"]
                + (key.map { ["-newkey"] + $0 + ["-nodes"] } ?? Self.newKey) + ["-keyout", certificate.keyFile]
        )
        try await self.openssl([
            "x509", "-req", "-in", "\(base).csr", "-CA", authority.file, "-CAkey", authority.keyFile,
            "-copy_extensions", "copy", "-days", "\(days)", "-out", certificate.file,
        ])
        return certificate
    }

    private func openssl(_ arguments: [String]) async throws {
        let outcome = try await self.run(try Paths.installed("openssl"), arguments)
        guard outcome.status == 0 else { throw Missing(description: "openssl failed: \(outcome.errors)") }
    }
}
