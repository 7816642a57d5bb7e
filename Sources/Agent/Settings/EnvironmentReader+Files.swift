/// Settings that name files, and those that say who the agent is: read alike in both modes.
extension EnvironmentReader {
    /// The path, also when the file does not exist, which is then a problem.
    mutating func existingFile(_ setting: Setting<String?>, _ files: HostFiles) -> String? {
        guard let file = self.read(setting) else { return nil }
        if !files.exists(file) { self.problem(setting, "names '\(file)', which does not exist") }
        return file
    }

    /// Where the agent keeps what has to survive it.
    mutating func stateFolder(_ files: HostFiles) -> String? {
        let folder = self.read(Settings.stateDir)
        if let folder, !files.exists(folder) {
            self.problem(Settings.stateDir, "names '\(folder)', which does not exist; make it, writable for the agent")
        }
        return folder
    }

    /// The agent's private key and its passphrase. A key that cannot be used is a problem.
    mutating func privateKey(_ files: HostFiles) -> PrivateKeyFiles? {
        let passphrase = self.read(Settings.privateKeyPassphraseFile)
        guard let key = self.read(Settings.privateKeyFile) else { return nil }
        if let problem = files.keyProblem(key, passphrase) { self.problem(Settings.privateKeyFile, problem) }
        return PrivateKeyFiles(path: key, passphraseFile: passphrase)
    }

    mutating func agentID() -> String? {
        guard let id = self.read(Settings.agentID) else { return nil }
        let isValid =
            id.utf8.count <= 64
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        if !isValid {
            self.problem(Settings.agentID, "is '\(id)'; it may have 1 to 64 letters, digits, '_' and '-'")
        }
        return id
    }

    /// - Parameter fallback: where the host has no name.
    mutating func agentName(hostname: String, fallback: String) -> String {
        let name = self.read(Settings.agentName) ?? (hostname.isEmpty ? fallback : hostname)
        if name.utf16.count > 256 {
            self.problem(Settings.agentName, "has \(name.utf16.count) characters; 256 are accepted")
        }
        return name
    }
}

/// Where a private key is, and the passphrase of one that is encrypted.
struct PrivateKeyFiles: Equatable {
    let path: String
    let passphraseFile: String?
}
