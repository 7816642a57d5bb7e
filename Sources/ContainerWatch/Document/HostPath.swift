/// An absolute path on the host, cleaned as text: no file is looked at.
///
/// Works on bytes, not characters: a slash followed by a combining accent is still a slash to the kernel.
struct HostPath: Sendable, Equatable {
    /// Without repeated slashes, `.`, `..` and a slash at the end. This is what findings report.
    let text: String
    /// The names along the way, with `/var/run` replaced by `/run`: what is compared.
    let names: [String]

    /// - Returns: `nil` for what does not start with a slash.
    init?(_ raw: String) {
        guard raw.utf8.first == UInt8(ascii: "/") else { return nil }
        var names: [String] = []
        for part in raw.utf8.split(separator: UInt8(ascii: "/")) {
            switch String(Substring(part)) {
            case ".": break
            case "..": _ = names.popLast()
            case let name: names.append(name)
            }
        }
        self.text = "/" + names.joined(separator: "/")
        self.names = names.starts(with: ["var", "run"]) ? Array(names.dropFirst()) : names
    }

    func isAt(_ other: HostPath) -> Bool { self.names == other.names }
    func isAtOrBelow(_ other: HostPath) -> Bool { self.names.starts(with: other.names) }

    func isAtOrOneBelow(_ other: HostPath) -> Bool {
        self.isAtOrBelow(other) && self.names.count <= other.names.count + 1
    }
}

extension HostPath {
    /// What a container path is compared by: cleaned when it is absolute, as it stands when not.
    static func normalised(_ raw: String) -> String { HostPath(raw)?.text ?? raw }
}

extension [HostPath] {
    /// For tables in this module.
    init(fixed paths: String...) {
        self = paths.map { path in
            guard let path = HostPath(path) else { preconditionFailure("\(path) is not absolute") }
            return path
        }
    }
}
