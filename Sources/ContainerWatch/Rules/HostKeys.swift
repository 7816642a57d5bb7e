/// Files of an account that log it in elsewhere, or that its shell obeys, wherever the account's folder is.
enum HostKeys {
    private static let folders: Set = [
        ".ssh", ".aws", ".kube", ".gnupg", ".azure", ".docker", ".password-store", ".oci", ".minikube",
    ]
    private static let files: Set = [
        ".netrc", ".git-credentials", ".pgpass", ".pypirc", ".vault-token", ".my.cnf", "id_rsa", "id_dsa", "id_ecdsa",
        "id_ed25519", "credentials.tfrc.json", "application_default_credentials.json",
    ]
    /// Below `.config`.
    private static let configurations: Set = ["gcloud", "gh", "hub", "sops", "op", "rclone", "doctl"]
    private static let profiles: Set = [
        ".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zprofile", ".zshenv", ".xprofile",
    ]
    /// Of these folders only some files are keys.
    private static let harmless: Set = ["known_hosts", "buildx", "cli-plugins", "contexts", "scan", "cache"]

    /// - Returns: `nil` for a path without keys.
    static func severity(of path: HostPath, isReadOnly: Bool) -> Severity? {
        guard let last = path.names.last, self.isKey(path.names, last: last) else { return nil }
        // Who writes an account's authorized_keys logs in to the host.
        return !isReadOnly && path.names.contains(".ssh") ? .high : .medium
    }

    private static func isKey(_ names: [String], last: String) -> Bool {
        if self.files.contains(last) { return true }
        guard let index = names.firstIndex(where: self.folders.contains) else {
            return zip(names, names.dropFirst()).contains { $0 == ".config" && self.configurations.contains($1) }
        }
        if index + 1 < names.count, self.harmless.contains(names[index + 1]) { return false }
        return names.count == index + 1 || !last.hasSuffix(".pub")
    }

    /// Whether a shell or the session of an account runs what is written there.
    static func isProfile(_ path: HostPath) -> Bool {
        guard let last = path.names.last else { return false }
        return self.profiles.contains(last)
            || zip(path.names, path.names.dropFirst()).contains {
                $0 == ".config" && ($1 == "systemd" || $1 == "autostart")
            }
    }
}
