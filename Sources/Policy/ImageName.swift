import Base

/// The name of an image in every spelling that engines take for the same one.
///
/// `nginx`, `nginx:latest` and `docker.io/library/nginx:latest` are one image to an engine, so a pattern that matches one of
/// them matches the image.
package struct ImageName: Hashable, Sendable {
    /// As it is written, then as people write it with a tag, then with its registry; without repetitions.
    package let spellings: [String]
    /// With its tag or digest, and without the registry where that is Docker Hub.
    package let familiar: String

    /// - Parameters:
    ///   - text: as a request or a container has it.
    ///   - defaultsToHub: whether a name without a registry is one of Docker Hub. Podman's own interface looks for it in the
    ///     registries of its configuration.
    package init(_ text: String, defaultsToHub: Bool = true) {
        let parts = Parts(text)
        let familiar = parts.familiar
        var spellings = [text]
        if familiar != text { spellings.append(familiar) }
        if defaultsToHub || parts.registry != nil {
            let full = parts.full
            if full != text, full != familiar { spellings.append(full) }
        }
        // A digest is a version, too, for a pattern that ends in `:*`.
        if parts.version.hasPrefix("@") { spellings += spellings.map { parts.withColon($0) } }
        self.familiar = familiar
        self.spellings = spellings
    }

    /// Whether an engine may take `text` for the id of an image, or the beginning of one. Where it looks for an image that it
    /// has, such a text says nothing about the name.
    package static func mayBeID(_ text: String) -> Bool {
        let digits = text.hasPrefix("sha256:") ? text.utf8.dropFirst(7) : text.utf8[...]
        return digits.count <= 64 && digits.allSatisfy { $0.hexDigit != nil }
    }

    package func matches(_ pattern: NamePattern) -> Bool {
        // By position: most names are decided by the first spelling.
        var index = 0
        while index < self.spellings.count {
            if pattern.matches(self.spellings[index]) { return true }
            index += 1
        }
        return false
    }

    /// `[REGISTRY/]PATH[:TAG][@DIGEST]`.
    private struct Parts {
        /// `nil` where none is written.
        let registry: String?
        let path: String
        /// With its `:` or `@` in front.
        let version: String

        init(_ text: String) {
            let bytes = text.utf8
            let at = bytes.firstIndex(of: UInt8(ascii: "@")) ?? bytes.endIndex
            let slash = bytes[..<at].lastIndex(of: UInt8(ascii: "/")) ?? bytes.startIndex
            let colon = bytes[slash..<at].lastIndex(of: UInt8(ascii: ":")) ?? at
            let version = String(text[colon...])
            self.version = version.isEmpty ? ":latest" : version
            let name = text[..<colon]
            guard let end = name.utf8.firstIndex(of: UInt8(ascii: "/")), Self.isRegistry(name[..<end]) else {
                (self.registry, self.path) = (nil, String(name))
                return
            }
            self.registry = String(name[..<end])
            self.path = String(name[name.utf8.index(after: end)...])
        }

        /// `text`, which ends in the digest, with a `:` in front of it.
        func withColon(_ text: String) -> String {
            let name = String(decoding: text.utf8.dropLast(self.version.utf8.count), as: UTF8.self)
            return "\(name):\(String(decoding: self.version.utf8.dropFirst(), as: UTF8.self))"
        }

        /// The rule by which engines tell a registry from the first part of a path.
        private static func isRegistry(_ part: Substring) -> Bool {
            part == "localhost"
                || part.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || $0 != $0.asciiLowercased }
        }

        private static let hub = "docker.io"

        private var isOfHub: Bool {
            self.registry == nil || self.registry == Self.hub || self.registry == "index.docker.io"
        }

        private static let official = "library/"

        var familiar: String {
            guard self.isOfHub else { return "\(self.registry ?? "")/\(self.path)\(self.version)" }
            if self.path.hasPrefix(Self.official), !self.path.dropFirst(Self.official.count).contains("/") {
                return String(self.path.dropFirst(Self.official.count)) + self.version
            }
            // Without its registry, `docker.io/localhost/a` would be an image of `localhost`.
            let end = self.path.utf8.firstIndex(of: UInt8(ascii: "/"))
            let readsAsRegistry = end.map { Self.isRegistry(self.path[..<$0]) } ?? false
            return (readsAsRegistry ? "\(Self.hub)/" : "") + self.path + self.version
        }

        var full: String {
            guard self.isOfHub else { return self.familiar }
            return "\(Self.hub)/" + (self.path.contains("/") ? "" : Self.official) + self.path + self.version
        }
    }
}
