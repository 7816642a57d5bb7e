import Base

/// A port of a container and where on the host it is published.
struct ContainerPort: Sendable, Equatable {
    struct Binding: Sendable, Equatable {
        let address: String
        /// As written: empty when the engine chooses, or a range.
        let port: String

        /// The first number of a range; `nil` when the engine chooses.
        var number: Int? { Int(self.port.prefix { $0 != "-" }) }
        var isOnAllInterfaces: Bool { Self.isEveryAddress(self.address) }

        /// However it is written: `0.0.0.0`, `::`, `[::]`, `0:0:0:0:0:0:0:0`, `::ffff:0.0.0.0` …
        private static func isEveryAddress(_ address: String) -> Bool {
            if address.isEmpty || address == "*" { return true }
            let mapped = "::ffff:".utf8
            var bytes = address.lowercased().utf8[...]
            if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") {
                bytes = bytes.dropFirst().dropLast()
            }
            if bytes.starts(with: mapped) { bytes = bytes.dropFirst(mapped.count) }
            return bytes.allSatisfy { "0.:".utf8.contains($0) }
        }

        var text: String {
            let address = self.address.isEmpty ? "0.0.0.0" : self.address
            return address.contains(":") ? "[\(address)]:\(self.port)" : "\(address):\(self.port)"
        }
    }

    let number: Int
    /// `tcp`, `udp` or `sctp`.
    let transport: String
    /// As findings name it: `2375/tcp`.
    let name: String
    private(set) var bindings: [Binding] = []
    /// Whether the engine publishes it on a port of its choice, on all interfaces, when the container starts.
    private(set) var isPublishedAtStart = false
    /// The texts of `bindings`, to find one that comes again.
    private var known: Set<String> = []

    var bindingTexts: [String] { self.bindings.map(\.text) }
}

extension ContainerPort {
    /// The union of what is published, what was asked to be, and what is only exposed.
    static func all(in document: JSONNode) -> [ContainerPort] {
        let host = document["HostConfig"]
        let lists = [document["NetworkSettings"]["Ports"], host["PortBindings"], document["Config"]["ExposedPorts"]]
        var ports: [ContainerPort] = []
        var positions: [String: Int] = [:]
        for member in lists.compactMap(\.self).flatMap(\.members) {
            guard let port = ContainerPort(member.name) else { continue }
            let position = positions[port.name] ?? ports.endIndex
            if position == ports.endIndex {
                positions[port.name] = position
                ports.append(port)
            }
            for binding in member.value.elements.filter(\.isObject) {
                ports[position].add(
                    Binding(address: binding["HostIp"]?.text ?? "", port: binding["HostPort"]?.text ?? "")
                )
            }
        }
        if host["PublishAllPorts"]?.bool == true {
            for index in ports.indices where ports[index].bindings.isEmpty { ports[index].isPublishedAtStart = true }
        }
        return ports
    }

    /// Reads `80/tcp` or `80`; `nil` for anything else.
    private init?(_ key: String) {
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].utf8.allSatisfy(\.isDigit), let number = Int(parts[0]) else { return nil }
        let transport = parts.count > 1 ? parts[1].lowercased() : ""
        self.number = number
        self.transport = transport.isEmpty ? "tcp" : transport
        self.name = "\(number)/\(self.transport)"
    }

    private mutating func add(_ binding: Binding) {
        if self.known.insert(binding.text).inserted { self.bindings.append(binding) }
    }
}
