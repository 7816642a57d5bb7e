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
            if key.isEqual(to: "Architecture") {
                facts.architecture = try scanner.readNonEmpty()
            } else if key.isEqual(to: "Os") {
                facts.os = try scanner.readNonEmpty()
            } else if key.isEqual(to: "Created") {
                facts.created = try scanner.readNonEmpty()
            } else if key.isEqual(to: "RepoTags") {
                facts.tags = try scanner.readStrings() ?? []
            } else if key.isEqual(to: "RepoDigests") {
                facts.digests = try scanner.readStrings() ?? []
            } else {
                _ = try scanner.skipValue()
            }
        }
        return facts
    }
}

extension JSONScanner {
    /// Engines write an empty string where they have nothing to say.
    mutating func readNonEmpty() throws(JSONError) -> String? {
        guard let text = try self.readString()?.decoded, !text.isEmpty else { return nil }
        return text
    }
}
