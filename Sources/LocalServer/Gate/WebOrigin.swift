import Base

/// Where a page comes from, as in `Origin`: `https://ui.example.org`, `http://[::1]:8080`.
package struct WebOrigin: Hashable, Sendable {
    private let scheme: String
    let host: String
    /// The scheme's own where none is written; `nil` for schemes without ports, such as those of browser extensions.
    let port: Int?

    /// - Returns: `nil` for what is not one origin: `null`, a path, a list, a pattern.
    package init?(_ text: some StringProtocol) {
        guard let end = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<end.lowerBound].lowercased()
        guard scheme.first?.isLetter ?? false,
            scheme.utf8.allSatisfy({ $0.isAlphanumeric || "+-.".utf8.contains($0) }),
            let authority = HostAndPort(text[end.upperBound...])
        else { return nil }
        self.scheme = scheme
        self.host = authority.host
        self.port = authority.port ?? Self.defaultPort(of: scheme)
    }

    var defaultPort: Int? { Self.defaultPort(of: self.scheme) }

    private static func defaultPort(of scheme: String) -> Int? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        default: nil
        }
    }
}

/// A host and perhaps a port, as in `Host`, in the one spelling that two of them are compared by.
struct HostAndPort: Hashable {
    /// In lower case, without a final dot; an IP address in its canonical spelling, without brackets.
    let host: String
    let port: Int?

    init?(_ text: some StringProtocol) {
        var name = text[...]
        var port: Int?
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard let number = UInt16(text[text.index(after: colon)...]),
                text[colon...].dropFirst().allSatisfy(\.isNumber)
            else { return nil }
            port = Int(number)
            name = text[..<colon]
        }
        guard let host = Self.canonical(name) else { return nil }
        self.host = host
        self.port = port
    }

    /// - Returns: `nil` for what is neither a name nor an address.
    static func canonical(_ name: some StringProtocol) -> String? {
        if name.hasPrefix("["), name.hasSuffix("]") {
            let inner = name.dropFirst().dropLast()
            guard inner.contains(":") else { return nil }
            return IPAddress(inner)?.description
        }
        if let address = IPAddress(name), address.isIPv4 { return address.description }
        let host = (name.hasSuffix(".") ? String(name.dropLast()) : String(name)).lowercased()
        guard (1...253).contains(host.utf8.count),
            host.utf8.allSatisfy({ $0.isAlphanumeric || "-._".utf8.contains($0) })
        else { return nil }
        return host
    }
}
