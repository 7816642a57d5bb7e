import ArgumentParser
import FoundationEssentials
import Glibc

/// A live table of agents, their containers and their hosts' figures.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows agents, containers and figures, drawn anew every second until Ctrl-C."
    )

    @Option(help: "The directory with the agents' sockets.")
    var sockets: String

    @Flag(help: "Draws once and ends.")
    var once = false

    func run() async throws {
        repeat {
            let table = try self.table()
            // Home, then clear what is left of the last one.
            LocalCall.print(Array((self.once ? table : "\u{1B}[H\u{1B}[J\(table)").utf8))
            if !self.once { try await Task.sleep(for: .seconds(1)) }
        } while !self.once
    }

    private func table() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: self.sockets).filter { $0.hasSuffix(".sock") }
        guard !names.isEmpty else { return "no agent is connected\n" }
        return names.sorted().map { name in
            let path = "\(self.sockets)/\(name)"
            var text: [UInt8] = []
            do {
                try LocalCall.send("GET", "/_controller/picture", to: path) { text += $0 }
                let picture = try JSONDecoder().decode(TablePicture.self, from: Data(text))
                return "\(name.dropLast(5))  \(picture.figures)\n\(picture.rows)"
            } catch {
                return "\(name.dropLast(5))  \(error)\n"
            }
        }.joined(separator: "\n")
    }
}

/// The part of an agent's picture that a table shows.
struct TablePicture: Decodable {
    struct Container: Decodable {
        var name: String
        var status: String
        var health: String?
        var image: Image
        var details: Details?

        struct Image: Decodable {
            var name: String
            var tag: Tag

            struct Tag: Decodable {
                var value: String
            }
        }

        struct Details: Decodable {
            var ports: [String]
        }
    }

    var synced: Bool
    /// Those that are missing are 0; agents of another version may tell others.
    struct Metrics: Decodable {
        var cpuUsage: Double?
        var memoryTotal: Double?
        var memoryUsed: Double?
        var diskTotal: Double?
        var diskUsed: Double?
        var uptime: Double?
        /// Not told by every agent.
        var diskMetricsAvailable: Bool?
    }

    var metrics: Metrics?
    var containers: [Container]

    var figures: String {
        guard self.synced else { return "no inventory yet" }
        guard let metrics else { return "\(self.containers.count) containers" }
        func gibibytes(_ bytes: Double?) -> Int { Int((bytes ?? 0) / 0x1p30) }
        let disk =
            metrics.diskMetricsAvailable == false
            ? "disk unknown" : "disk \(gibibytes(metrics.diskUsed))/\(gibibytes(metrics.diskTotal)) GiB"
        return "\(self.containers.count) containers  cpu \(Int(metrics.cpuUsage ?? 0)) %  "
            + "memory \(gibibytes(metrics.memoryUsed))/\(gibibytes(metrics.memoryTotal)) GiB  \(disk)  "
            + "up \(Int((metrics.uptime ?? 0) / 3600)) h"
    }

    var rows: String {
        self.containers.sorted { $0.name < $1.name }.map { container in
            let columns = [
                (container.name, 32), (container.status, 11), (container.health ?? "", 10),
                ("\(container.image.name):\(container.image.tag.value)", 40),
                (container.details?.ports.joined(separator: " ") ?? "", 0),
            ]
            let line = columns.map { text, width in
                // Names come from whoever may start containers there: a terminal must not obey them.
                let safe = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : String($0) }
                    .joined()
                return safe + String(repeating: " ", count: max(width - safe.count, 0))
            }
            return "  " + line.joined(separator: " ") + "\n"
        }.joined()
    }
}
