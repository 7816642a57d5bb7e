import Auth
import Base
import EdgeTunnel
import Glibc
import Policy

/// What the configuration asks of the host, so that its tests need none.
struct HostFiles: Sendable {
    var exists: @Sendable (String) -> Bool
    var hostname: @Sendable () -> String
    /// Says what is wrong with a private key file and the file of its passphrase, or `nil`.
    var keyProblem: @Sendable (String, String?) -> String?

    /// Whether users other than the owner and the group can read a file.
    var isWorldReadable: @Sendable (String) -> Bool = { _ in false }

    /// Says what is wrong with a file of certificate authorities: why none can be used, or which are left out.
    var authorityFaults: @Sendable (String) -> AuthorityFaults = { _ in AuthorityFaults() }

    struct AuthorityFaults: Sendable {
        var problem: String?
        var omissions: [String] = []
    }

    /// A whole file.
    var contents: @Sendable (String) throws -> [UInt8] = { try FileInput.bytes($0) }

    /// A file of rules that only root or the agent's user can have written.
    ///
    /// It throws the end of a sentence about the file.
    var policy: @Sendable (String) throws -> [UInt8] = {
        try TrustedFile.read($0, maximumBytes: PolicyReader.maximumBytes)
    }

    static let real = HostFiles(
        exists: { access($0, F_OK) == 0 },
        hostname: {
            var name = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
            guard gethostname(&name, name.count - 1) == 0 else { return "" }
            return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        },
        keyProblem: { path, passphraseFile in
            do {
                _ = try SigningKey.load(path: path, passphraseFile: passphraseFile)
                return nil
            } catch {
                return "cannot be used: \(error)"
            }
        },
        isWorldReadable: { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & 0o004 != 0
        },
        authorityFaults: { path in
            do throws(SettingProblem) {
                return AuthorityFaults(omissions: try AuthorityFile(reading: path).omissions)
            } catch {
                return AuthorityFaults(problem: error.reason)
            }
        }
    )
}

/// The environment of this process.
package enum ProcessEnvironment {
    package static var current: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }

    /// The private key file that the environment names.
    package static var privateKeyFile: String? {
        var reader = EnvironmentReader(self.current)
        return reader.read(Settings.privateKeyFile)
    }
}
