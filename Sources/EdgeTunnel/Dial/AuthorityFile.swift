import Auth
package import Base
import Glibc
import NIOSSL

/// The certificate authorities in a PEM file, as `CA_CERT` names it.
///
/// Entries that cannot be used are left out, so that one broken entry does not take the others with it.
package struct AuthorityFile {
    /// A bundle of all public authorities has 250 KiB.
    private static let maximumBytes = 16 << 20
    /// The labels of a certificate: the usual one, an old one, and OpenSSL's with its own remarks behind the certificate.
    private static let labels = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]

    let certificates: [NIOSSLCertificate]
    /// What was left out and why; each completes "FILE …".
    package let omissions: [String]

    package init(reading path: String) throws(SettingProblem) {
        let bytes: [UInt8]
        do throws(RegularFile.Failure) {
            // Kubernetes and systemd hand files over behind links.
            bytes = try RegularFile.read(path, maximumBytes: Self.maximumBytes, followsLinks: true)
        } catch {
            throw SettingProblem(reason: Self.words(error, path))
        }
        try self.init(bytes)
    }

    init(_ bytes: [UInt8]) throws(SettingProblem) {
        let list = PEMList(bytes)
        if let emptiness = list.emptiness { throw SettingProblem(reason: Self.words(emptiness, bytes)) }
        var (certificates, omissions): ([NIOSSLCertificate], [String]) = ([], [])
        for (index, entry) in list.entries.enumerated() where Self.labels.contains(entry.label) {
            switch Self.certificate(entry) {
            case .success(let certificate): certificates.append(certificate)
            case .failure(let fault):
                let place = "has a certificate that is left out, number \(index + 1) of \(list.entries.count)"
                omissions.append("\(place): it \(fault.reason)")
            }
        }
        guard !certificates.isEmpty else {
            guard let first = omissions.first else {
                throw SettingProblem(
                    reason: "holds a \(list.entries[0].label) and no certificate; name the file of the authority's "
                        + "certificate"
                )
            }
            throw SettingProblem(reason: "holds no certificate that can be used: it \(first)")
        }
        (self.certificates, self.omissions) = (certificates, omissions)
    }

    private static func certificate(_ entry: PEMList.Entry) -> Result<NIOSSLCertificate, SettingProblem> {
        guard let contents = entry.contents else {
            return .failure(SettingProblem(reason: "is cut short or not base64; copy it again"))
        }
        guard let certificate = try? NIOSSLCertificate(bytes: contents, format: .der),
            let facts = CertificateFacts(der: contents)
        else { return .failure(SettingProblem(reason: "does not hold a certificate; copy it again")) }
        if case .rsaPSS = facts.key {
            let why =
                "has an RSA-PSS key, which the agent cannot verify with; use an authority with an ordinary RSA key"
            return .failure(SettingProblem(reason: why))
        }
        // Its own signature does not matter: the file is trusted as it is.
        if let weakness = facts.weakKey { return .failure(SettingProblem(reason: weakness)) }
        return .success(certificate)
    }

    /// - Parameter emptiness: what `PEMList` says of a text without blocks.
    private static func words(_ emptiness: String, _ bytes: [UInt8]) -> String {
        guard bytes.first == 0x30 else { return "\(emptiness); \(Self.wanted)" }
        // An ASN.1 sequence: a certificate, or a container such as PKCS #12.
        return CertificateNames(der: bytes) != nil
            ? "is a DER certificate, and PEM is needed; convert it with `openssl x509 -inform DER -in FILE -out ca.pem`"
            : "is binary; \(Self.wanted)"
    }

    private static let wanted = "name a file with the authority's certificate in PEM form"

    private static func words(_ failure: RegularFile.Failure, _ path: String) -> String {
        switch failure {
        case .notRegular:
            var status = stat()
            let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            return "is \(isFolder ? "a folder" : "not a regular file"); name one file with the certificates in PEM form"
        case .tooLarge: return "has more than \(Self.maximumBytes >> 20) MiB; \(Self.wanted)"
        case .system(SystemFault(ENOENT)), .system(SystemFault(ENOTDIR)): return "does not exist"
        case .system(SystemFault(EACCES)): return "may not be read by user id \(geteuid()); let it read the file"
        case .system(let fault): return "cannot be read; the system says: \(fault)"
        }
    }
}

/// Where Linux distributions keep the certificate authorities that they trust.
///
/// One static file runs on all of them, so it looks where any of them puts these. The TLS library by itself knows two
/// of the places, and looks only once in the life of a process.
struct SystemRoots: Sendable {
    /// Files with all authorities in one; the first that is there and not empty counts.
    let bundles: [String]
    /// A folder with a file for each authority, named by the hash of its subject. Counts where there is no bundle.
    let folder: String

    static let usual = SystemRoots(
        bundles: [
            "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Arch, Alpine with ca-certificates, OpenWrt
            "/etc/pki/tls/certs/ca-bundle.crt",  // Red Hat, Fedora
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // the same, where the former is no longer made
            "/etc/ssl/ca-bundle.pem",  // SUSE
            "/etc/ssl/cert.pem",  // Alpine without that package, the BSDs' place
        ],
        folder: "/etc/ssl/certs"
    )

    /// - Returns: the file or folder that counts; `nil` on a host without any.
    func found() -> String? {
        let bundle = self.bundles.first { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
        }
        return bundle ?? (self.holdsHashes ? self.folder : nil)
    }

    private var holdsHashes: Bool {
        guard let directory = opendir(self.folder) else { return false }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let isHash = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                name.prefix { $0 != 0 }.suffix(2).elementsEqual(".0".utf8)
            }
            if isHash { return true }
        }
        return false
    }

    /// What a person reads who runs the agent where there are none.
    var advice: String {
        "this host has no certificate authorities: there is none of \(self.bundles.joined(separator: ", ")); install "
            + "the package ca-certificates, or name the file of the authority that is expected in CA_CERT"
    }
}
