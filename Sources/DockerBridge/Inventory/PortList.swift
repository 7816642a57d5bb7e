import Base

/// Gathers the ports of one container from the three places in which an inspect document tells them.
///
/// `NetworkSettings.Ports` holds what is bound now and is empty while the container does not run;
/// `HostConfig.PortBindings` holds what was asked for, `Config.ExposedPorts` what the image offers.
struct PortList {
    private var exposed: Set<Port> = []
    private var requested: [Port: Set<Host>] = [:]
    private var bound: [Port: Set<Host>] = [:]
    /// Ports and host ports read so far, in all three places.
    private var entries = 0
    /// Whether there is more than is kept; the rest is skipped.
    private(set) var isTooLong = false

    /// Every port of one transport. Media servers publish ten thousand, on two addresses each.
    static let maximumEntries = 65_536
    /// Of a port, a transport or an address: the longest address has 45.
    static let maximumTextBytes = 64

    /// One text for every host port of every container port, in the order of their numbers.
    var texts: [String] {
        self.exposed.union(self.requested.keys).union(self.bound.keys).sorted().flatMap { port in
            let hosts = [self.bound[port], self.requested[port]].compactMap { hosts in
                let usable = hosts?.filter { !$0.port.isEmpty && $0.port != "0" } ?? []
                return usable.isEmpty ? nil : usable.sorted()
            }
            guard let published = hosts.first else { return [port.text] }
            return published.map { "\($0.text)->\(port.text)" }
        }
    }

    private struct Port: Hashable, Comparable {
        let number: Int
        let transport: Substring

        var text: String { "\(self.number)/\(self.transport)" }

        static func < (a: Port, b: Port) -> Bool { (a.number, a.transport) < (b.number, b.transport) }

        /// - Parameter text: as in `80/tcp`.
        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1)
            guard let number = parts.first.flatMap({ Int($0) }) else { return nil }
            self.number = number
            self.transport = parts.count > 1 ? parts[1] : "tcp"
        }
    }

    private struct Host: Hashable, Comparable {
        var address = ""
        var port = ""

        var text: String {
            if self.address.isEmpty { return self.port }
            return self.address.contains(":") ? "[\(self.address)]:\(self.port)" : "\(self.address):\(self.port)"
        }

        static func < (a: Host, b: Host) -> Bool { (a.address, a.port) < (b.address, b.port) }
    }

    /// Reads the value at the cursor.
    mutating func readExposed(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            if let port = self.port(key) { self.exposed.insert(port) }
            _ = try scanner.skipValue()
        }
    }

    /// Reads the object at the cursor, `HostConfig`.
    mutating func readRequested(_ scanner: inout JSONScanner) throws(JSONError) {
        self.requested =
            try scanner.readMember("PortBindings") { scanner throws(JSONError) in
                try self.readBindings(&scanner)
            } ?? [:]
    }

    /// Reads the value at the cursor, `NetworkSettings.Ports`.
    mutating func readBoundPorts(_ scanner: inout JSONScanner) throws(JSONError) {
        self.bound = try self.readBindings(&scanner) ?? [:]
    }

    /// Counts an entry.
    ///
    /// - Returns: whether it may be kept.
    private mutating func keeps(_ longestText: Int) -> Bool {
        self.entries += 1
        if self.entries > Self.maximumEntries || longestText > Self.maximumTextBytes { self.isTooLong = true }
        return !self.isTooLong
    }

    private mutating func port(_ key: JSONString) -> Port? {
        guard self.keeps(key.bytes.count) else { return nil }
        return Port(key.decoded)
    }

    private mutating func readBindings(_ scanner: inout JSONScanner) throws(JSONError) -> [Port: Set<Host>]? {
        guard try scanner.beginObject() else { return nil }
        var bindings: [Port: Set<Host>] = [:]
        while let key = try scanner.nextKey() {
            guard let port = self.port(key) else {
                _ = try scanner.skipValue()
                continue
            }
            bindings[port] = []
            guard try scanner.beginArray() else { continue }
            while try scanner.nextElement() {
                guard let host = try Self.readHost(&scanner),
                    self.keeps(max(host.address.utf8.count, host.port.utf8.count))
                else { continue }
                bindings[port]?.insert(host)
            }
        }
        return bindings
    }

    private static func readHost(_ scanner: inout JSONScanner) throws(JSONError) -> Host? {
        guard try scanner.beginObject() else { return nil }
        var host = Host()
        while let key = try scanner.nextKey() {
            switch key {
            case "HostIp":
                host.address = try scanner.readNonEmpty() ?? ""
            case "HostPort":
                host.port = try scanner.readNonEmpty() ?? ""
            default:
                _ = try scanner.skipValue()
            }
        }
        return host
    }
}
