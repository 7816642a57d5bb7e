import Base
import Glibc

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
