import Glibc

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
