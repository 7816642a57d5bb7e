/// Compares a host name with the names in a certificate (RFC 9525), for names that the TLS library does not compare.
///
/// The library refuses names with `_`, which no host on the Internet has and every Compose project may have.
enum HostNameMatch {
    static func isLeftToUs(_ host: String) -> Bool { host.utf8.contains(UInt8(ascii: "_")) }

    /// - Parameter name: of a certificate; `*` stands for exactly one whole label, the leftmost.
    static func matches(_ host: String, _ name: String) -> Bool {
        let (host, name) = (Self.normal(host), Self.normal(name))
        guard name.hasPrefix("*.") else { return !host.isEmpty && host == name }
        guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return false }
        return host[dot...] == name.dropFirst()
    }

    private static func normal(_ name: String) -> Substring {
        let name = name.lowercased()
        return name.hasSuffix(".") ? name.dropLast() : name[...]
    }
}
