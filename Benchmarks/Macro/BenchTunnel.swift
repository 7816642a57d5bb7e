import ArgumentParser
import Foundation

/// Measures a built agent between a fast fake engine and a controller that checks every byte.
@main
struct BenchTunnel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-tunnel",
        abstract: "Measures an agent between a fake engine and a controller that checks every byte."
    )

    @Option(help: "The agent's executable.")
    var agent = ".build/release/lookout"

    @Option(help: "How often everything is measured; the table holds medians.")
    var rounds = 3

    @Option(help: "MiB of each log.")
    var mebibytes = 1024

    @Option(help: "Writes the figures of all rounds to this file, as JSON.")
    var json: String?

    @Option(help: "Draws the medians into this file, as SVG.")
    var svg: String?

    @Option(help: "The commit that was built, for the record.")
    var commit = "unknown"

    func validate() throws {
        guard FileManager.default.isExecutableFile(atPath: self.agent) else {
            throw ValidationError(
                "\(self.agent) is no executable; build it with `make release`, or name another with --agent"
            )
        }
        guard self.rounds > 0, self.mebibytes > 0 else {
            throw ValidationError("--rounds and --mebibytes must be positive")
        }
    }

    func run() throws {
        var results = Results(
            date: Date.now.formatted(.iso8601.year().month().day()),
            commit: self.commit,
            rounds: self.rounds
        )
        for round in 1...self.rounds {
            note("round \(round) of \(self.rounds)")
            try self.measure(&results)
        }
        print(results.table)
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(results).write(to: URL(filePath: json))
        }
        if let svg { try Data(Plot(results: results).svg.utf8).write(to: URL(filePath: svg)) }
    }

    private func measure(_ results: inout Results) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = "\(folder)/engine.sock"
        _ = FakeEngine(at: engine)
        let controller = Controller()
        let agent = try AgentProcess(self.agent, folder: folder, port: controller.port, engine: engine)
        defer { agent.stop() }
        let session = controller.accept()
        let workloads = Workloads(
            agent: agent,
            session: session,
            direct: DirectClient(path: engine),
            logBytes: self.mebibytes << 20
        )
        let all: [(String, (inout Results) -> Void)] = [
            // While nothing has been allocated that these could use again.
            ("memory", workloads.memory), ("stall", workloads.stall),
            ("requests", workloads.requests),
            ("64 in flight", workloads.concurrentRequests), ("list", workloads.list), ("echo", workloads.echo),
            ("100 execs", workloads.hundredExecs), ("log", workloads.log),
            ("echo beside a log", workloads.echoBesideLog),
        ]
        for (name, workload) in all {
            note("  \(name)")
            workload(&results)
        }
        note("  reconnect")
        self.reconnect(session, controller, &results)
    }

    /// From the end of a connection to the next welcome; with the agent's own wait between two dials.
    private func reconnect(_ session: Session, _ controller: Controller, _ results: inout Results) {
        var session = session
        for _ in 0..<3 {
            let start = ContinuousClock.now
            session.hangUp()
            session = controller.accept()
            results.add("reconnect", "s", start.duration(to: .now).seconds)
        }
    }
}
