import Base
package import NIOCore

/// What one container uses, from an engine's stats document.
package struct ContainerStats: Equatable, Sendable {
    /// Bytes through one interface since the container started.
    package struct Network: Equatable, Sendable {
        package var name: String
        package var received = 0
        package var sent = 0
    }

    /// Nanoseconds of all processors together, since the container was started.
    package var cpuNanoseconds = 0
    /// Bytes; the engine counts caches in.
    package var memoryUsage = 0
    /// Bytes; 0 for none. Engines tell the host's memory for a container without a limit.
    package var memoryLimit = 0
    /// Sorted by name; empty for a container without a network.
    package var networks: [Network] = []

    /// Over all networks; the largest number there is when the engine's add up to more.
    package var receivedBytes: Int { Self.sum(self.networks.map(\.received)) }
    package var sentBytes: Int { Self.sum(self.networks.map(\.sent)) }

    private static func sum(_ numbers: [Int]) -> Int {
        numbers.reduce(0) { sum, number in
            let (total, isTooLarge) = sum.addingReportingOverflow(number)
            return isTooLarge ? .max : total
        }
    }

    /// - Returns: `nil` where the document is none.
    package init?(parsing document: ByteBuffer) {
        let stats = document.withUnsafeReadableBytes { bytes -> ContainerStats? in
            var scanner = JSONScanner(bytes)
            return try? Self.read(&scanner)
        }
        guard let stats else { return nil }
        self = stats
    }

    private init() {}

    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> ContainerStats? {
        guard scanner.nextKind() == .object, try scanner.beginObject() else { return nil }
        var stats = ContainerStats()
        while let key = try scanner.nextKey() {
            switch key {
            case "cpu_stats":
                stats.cpuNanoseconds =
                    try scanner.readMember("cpu_usage") { scanner throws(JSONError) in
                        try scanner.readMember("total_usage") { scanner throws(JSONError) in
                            try scanner.readInteger()
                        }
                    } ?? 0
            case "memory_stats":
                try stats.readMemory(&scanner)
            case "networks":
                try stats.readNetworks(&scanner)
            default:
                _ = try scanner.skipValue()
            }
        }
        return stats
    }

    private mutating func readMemory(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "usage":
                self.memoryUsage = try scanner.readInteger() ?? 0
            case "limit":
                self.memoryLimit = try scanner.readInteger() ?? 0
            default:
                _ = try scanner.skipValue()
            }
        }
    }

    private mutating func readNetworks(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let name = try scanner.nextKey()?.decoded {
            var network = Network(name: name)
            guard try scanner.beginObject() else { continue }
            while let key = try scanner.nextKey() {
                switch key {
                case "rx_bytes":
                    network.received = try scanner.readInteger() ?? 0
                case "tx_bytes":
                    network.sent = try scanner.readInteger() ?? 0
                default:
                    _ = try scanner.skipValue()
                }
            }
            self.networks.append(network)
        }
        self.networks.sort { $0.name < $1.name }
    }
}
