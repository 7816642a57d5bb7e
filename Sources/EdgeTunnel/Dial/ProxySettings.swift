import Auth
import Base

/// Which connections go through which proxy.
package struct ProxySettings: Sendable {
    /// For `wss` controllers.
    package var https: Proxy?
    /// For `ws` controllers.
    package var http: Proxy?
    /// For whatever has no proxy of its own.
    package var all: Proxy?
    package var exclusions = ProxyExclusions()

    package init() {}

    /// The proxy on the way to `address`; this host itself is always reached directly.
    package func proxy(for address: ControllerAddress) -> Proxy? {
        guard !address.isLoopback, !self.exclusions.cover(host: address.host, port: address.port) else { return nil }
        return (address.usesTLS ? self.https : self.http) ?? self.all
    }
}

/// What `NO_PROXY` lists: names, suffixes, addresses, networks, each with an optional port, or `*`.
package struct ProxyExclusions: Sendable {
    private enum Entry: Sendable {
        case everything
        case network(IPNetwork, port: Int?)
        /// The name itself and everything below it.
        case domain(String, port: Int?)
    }

    private var entries: [Entry] = []

    package init() {}

    /// - Parameter list: separated by commas or spaces; entries that make no sense match nothing.
    package init(parsing list: String) {
        self.entries = list.split(whereSeparator: { $0 == "," || $0 == " " }).compactMap { Self.entry($0) }
    }

    func cover(host: String, port: Int) -> Bool {
        let name = host.lowercased()
        let address = IPAddress(host)
        return self.entries.contains { entry in
            switch entry {
            case .everything: true
            case .network(let network, let only):
                address.map { network.contains($0) } ?? false && (only == nil || only == port)
            case .domain(let domain, let only):
                address == nil && (name == domain || name.hasSuffix(".\(domain)")) && (only == nil || only == port)
            }
        }
    }

    private static func entry(_ text: Substring) -> Entry? {
        if text == "*" { return .everything }
        if let network = IPNetwork(text) { return .network(network, port: nil) }
        var (host, port) = (text, Int?.none)
        if let colon = text.lastIndex(of: ":"), let number = Int(text[text.index(after: colon)...]) {
            (host, port) = (text[..<colon], number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if let network = IPNetwork(host) { return .network(network, port: port) }
        while host.hasPrefix("*") || host.hasPrefix(".") { host.removeFirst() }
        return host.isEmpty ? nil : .domain(host.lowercased(), port: port)
    }
}
