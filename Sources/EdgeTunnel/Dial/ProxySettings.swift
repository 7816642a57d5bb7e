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
    /// Entries that match nothing, and why: each completes the sentence "NO_PROXY …".
    package private(set) var faults: [String] = []

    package init() {}

    /// - Parameter list: separated by commas or white space. Quotes around the list or an entry, a scheme and a path do not
    ///   count: they are the usual slips.
    package init(parsing list: String) {
        for text in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            do throws(SettingProblem) {
                if let entry = try Self.entry(text) { self.entries.append(entry) }
            } catch {
                self.faults.append("has the entry '\(text)', which matches nothing: \(error.reason)")
            }
        }
    }

    func cover(host: String, port: Int) -> Bool {
        let name = host.lowercased().trimmingFinalDot
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

    // MARK: One entry

    /// - Returns: `nil` for nothing but quotes and dots.
    private static func entry(_ text: Substring) throws(SettingProblem) -> Entry? {
        var text = text
        while let first = text.first, "'\"".contains(first) { text.removeFirst() }
        while let last = text.last, "'\"".contains(last) { text.removeLast() }
        if let scheme = text.firstRange(of: "://") {
            text = text[scheme.upperBound...]
            text = text[..<(text.firstIndex(of: "/") ?? text.endIndex)]
        }
        if text == "*" { return .everything }
        if let network = IPNetwork(text) { return .network(network, port: nil) }
        var (host, port) = (text, Int?.none)
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard text.hasPrefix("[") || text.firstIndex(of: ":") == colon,
                let number = Int(text[text.index(after: colon)...]), (1...65535).contains(number)
            else {
                throw SettingProblem(
                    reason: "what follows the last ':' is not a port, and the whole is not an IPv6 address"
                )
            }
            (host, port) = (text[..<colon], number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if let network = IPNetwork(host) { return .network(network, port: port) }
        if host.contains("/") {
            throw SettingProblem(reason: "a network is an address and the number of its leading bits, as in 10.0.0.0/8")
        }
        while host.hasPrefix("*") || host.hasPrefix(".") { host.removeFirst() }
        guard !host.contains("*") else {
            throw SettingProblem(reason: "'*' stands for everything, or in front of a domain, as in *.example.org")
        }
        let name = host.lowercased().trimmingFinalDot
        guard name.utf8.allSatisfy({ $0.isAlphanumeric || "-._".utf8.contains($0) }) else {
            throw SettingProblem(reason: "it is not a host name, an address or a network")
        }
        return name.isEmpty ? nil : .domain(name, port: port)
    }
}

extension String {
    /// `example.org.` names the same host as `example.org`.
    fileprivate var trimmingFinalDot: String { self.hasSuffix(".") ? String(self.dropLast()) : self }
}
