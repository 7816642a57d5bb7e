import Foundation

/// What the reference controller has been told of the agent's host.
struct Picture: Decodable {
    struct Container: Decodable {
        var id: String
        var name: String
        var status: String
        var health: String?
        var labels: [String: String]
        var details: Details
        var image: Image

        struct Details: Decodable {
            var ports: [String]
            var volumes: [String]
            var env: [Variable]
            var startedAt: String?
        }

        struct Variable: Decodable {
            var key: String
            var value: String
        }

        struct Image: Decodable {
            var name: String
            var architecture: String
            var os: String
        }
    }

    /// The numbers, by their names.
    struct Figures: Decodable {
        private let numbers: [String: Double]
        var areDiskMetricsAvailable: Bool

        private struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Name.self)
            var numbers: [String: Double] = [:]
            for name in members.allKeys { numbers[name.stringValue] = try? members.decode(Double.self, forKey: name) }
            self.numbers = numbers
            let available = Name(stringValue: "diskMetricsAvailable")
            self.areDiskMetricsAvailable = try members.decode(Bool.self, forKey: available)
        }

        subscript(name: String) -> Double? { self.numbers[name] }
    }

    var synced: Bool
    /// How many frames of each type came.
    var counts: [String: Int]
    var containers: [Container]
    /// The last figures of the host.
    var metrics: Figures?

    func container(_ name: String) -> Container? { self.containers.first { $0.name == name } }

    /// In the words of `Workbench.containers(of:)`.
    var lines: Set<String> { Set(self.containers.map { "\($0.id) \($0.name) \($0.status)" }) }
}

extension Tunnel {
    func picture() async throws -> Picture {
        let answer = try await APIConnection.get("/_controller/picture", from: self.socket)
        return try JSONDecoder().decode(Picture.self, from: answer.body)
    }

    /// Waits until the controller's picture is the engine's own list.
    func pictureAgrees(on bench: Workbench, with engine: Docker, within limit: Duration = patience) async throws {
        var (told, real): (Set<String>, Set<String>) = ([], [])
        try await eventually(
            "the controller's picture is the engine's list",
            within: limit,
            details: { "told but not there: \(told.subtracting(real)), there but not told: \(real.subtracting(told))" }
        ) {
            real = try await bench.containers(of: engine)
            let picture = try await self.picture()
            told = picture.lines
            return picture.synced && told == real ? () : nil
        }
    }
}

extension Workbench {
    /// Id, name and status of every container, as the engine's command line tells them.
    func containers(of engine: Docker) async throws -> Set<String> {
        let format = "{{.ID}} {{.Names}} {{.State}}"
        let list = try await engine("ps", "--all", "--no-trunc", "--format", format)
        return Set(list.lines.map { $0.hasSuffix(" exited") ? $0.dropLast(6) + "stopped" : $0 })
    }
}
