/// The name of an image taken apart: `registry/repository:tag@digest`.
package struct ImageReference: Equatable, Sendable {
    /// Host and port of the registry; `docker.io` where the name has none.
    package var registry: String
    /// Path of the repository within the registry, as written: `nginx`, not `library/nginx`.
    package var repository: String
    /// `nil` where the name has none; pulling it means `latest`.
    package var tag: String?
    /// Such as `sha256:…`.
    package var digest: String?

    package static let defaultRegistry = "docker.io"

    /// - Returns: `nil` for what names no repository, such as an empty text or an image's id (`sha256:…`).
    package init?(parsing text: some StringProtocol) {
        var name = text[...]
        if let at = name.firstIndex(of: "@") {
            let digest = name[name.index(after: at)...]
            self.digest = digest.isEmpty ? nil : String(digest)
            name = name[..<at]
        }
        let slash = name.firstIndex(of: "/")
        // A colon before the first slash belongs to a port.
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
            let tag = name[name.index(after: colon)...]
            self.tag = tag.isEmpty ? nil : String(tag)
            name = name[..<colon]
        }
        let host = slash.map { name[..<$0] }
        if let host, host == "localhost" || host.contains(where: { $0 == "." || $0 == ":" }) {
            self.registry = String(host)
            name = name[name.index(after: host.endIndex)...]
        } else {
            self.registry = Self.defaultRegistry
        }
        guard !name.isEmpty, !(name == "sha256" && slash == nil) else { return nil }
        self.repository = String(name)
    }
}
