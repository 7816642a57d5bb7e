import Base
package import NIOCore

/// What is known of an image, from its inspect document.
package struct ImageFacts: Equatable, Sendable {
    /// As Go names it: `amd64`, `arm64`.
    package var architecture: String?
    package var os: String?
    /// RFC 3339.
    package var created: String?
    /// As in `nginx:1.27`.
    package var tags: [String] = []
    /// As in `nginx@sha256:…`.
    package var digests: [String] = []

    /// Of tags, and of digests. A reference has some 450 at most.
    private static let maximumBytes = 64 * 1024

    package init() {}

    /// - Returns: `nil` for what is not JSON.
    package init?(parsing document: ByteBuffer) {
        let facts = document.withUnsafeReadableBytes { bytes -> ImageFacts? in
            var scanner = JSONScanner(bytes)
            return try? Self.read(&scanner)
        }
        guard let facts else { return nil }
        self = facts
    }

    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> ImageFacts? {
        guard try scanner.beginObject() else { return nil }
        var facts = ImageFacts()
        while let key = try scanner.nextKey() {
            switch key {
            case "Architecture":
                facts.architecture = try scanner.readNonEmpty()
            case "Os":
                facts.os = try scanner.readNonEmpty()
            case "Created":
                facts.created = try scanner.readNonEmpty()
            case "RepoTags":
                facts.tags = try Self.names(&scanner)
            case "RepoDigests":
                facts.digests = try Self.names(&scanner)
            default:
                _ = try scanner.skipValue()
            }
        }
        return facts
    }

    /// None where they are too long to keep.
    private static func names(_ scanner: inout JSONScanner) throws(JSONError) -> [String] {
        guard case .strings(let names)? = try scanner.readStrings(maximumBytes: self.maximumBytes) else { return [] }
        return names
    }
}

extension JSONScanner {
    /// Engines write an empty string where they have nothing to say.
    mutating func readNonEmpty() throws(JSONError) -> String? {
        guard let text = try self.readString()?.decoded, !text.isEmpty else { return nil }
        return text
    }
}

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
