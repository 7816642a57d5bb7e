import Glibc

/// Puts a private key into a file that was not there before and that only its owner can read.
package enum NewKeyFile {
    /// The key is on the disk when this returns. Nothing is left behind when it throws.
    ///
    /// - Throws: `.unwritable`, also when the file exists: a key that is in use must not be lost.
    package static func write(_ key: SigningKey, path: String) throws(KeyFileError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else {
            let why = errno == EEXIST ? "exists already, and a key is never overwritten" : Self.reason(errno)
            throw KeyFileError(.unwritable, why, path: path)
        }
        defer { close(descriptor) }
        let isWritten = key.pem().withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
        }
        guard isWritten, fsync(descriptor) == 0 else {
            let why = Self.reason(errno)
            unsafe unlink(path)
            throw KeyFileError(.unwritable, why, path: path)
        }
    }

    private static func reason(_ code: CInt) -> String {
        "cannot be written: \(unsafe String(cString: strerror(code)))"
    }
}
