import Foundation
import Support
import Testing

@testable import DockerBridge

@Suite struct HostSamplerTests {
    /// Runs `body` with a folder that stands for `/`, with a `/proc` in it, and an engine whose data is in `/data`.
    private static func run(
        _ change: (inout HostSampler.Settings) -> Void = { _ in },
        _ body: (HostSampler, String) async throws -> Void
    ) async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("host-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: "\(root)/proc/1/net", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(root)/proc/net", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(root)/data", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        try Self.write("cpu 10 0 10 80\ncpu0 1 1 1 1\n", "stat", root)
        try Self.write("MemTotal: 10 kB\nMemFree: 4 kB\nMemAvailable: 6 kB\n", "meminfo", root)
        try Self.write("eth0: 1 0 0 0 0 0 0 0 2\n", "net/dev", root)
        try Self.write("eth0: 3 0 0 0 0 0 0 0 4\n", "1/net/dev", root)
        try Self.write("77.5 1\n", "uptime", root)
        var settings = HostSampler.Settings()
        (settings.proc, settings.root) = ("\(root)/proc", root)
        change(&settings)
        try await EngineBench.run(answer: { $1.respond(200, #"{"DockerRootDir":"/data"}"#) }) { bench in
            let engine = EngineAPI(dispatcher: bench.dispatcher)
            try await body(HostSampler(settings: settings, engine: engine, eventLoop: bench.eventLoop), root)
            #expect(bench.engine.requests.count <= 1)
        }
    }

    private static func write(_ text: String, _ name: String, _ root: String) throws {
        try text.write(toFile: "\(root)/proc/\(name)", atomically: false, encoding: .utf8)
    }

    @Test func everythingIsRead() async throws {
        try await Self.run { sampler, root in
            let first = await sampler.sample()
            #expect(first.cpuUsage == 0)
            #expect(first.cpuCores == 1)
            #expect(first.memoryTotal == 10_240)
            #expect(first.networkReceived == 1)
            #expect(first.networkSent == 2)
            #expect(first.uptime == 77)
            #expect(first.disk.space?.total == (try DiskSpace.of("\(root)/data").total))
            try Self.write("cpu 35 0 10 105\n", "stat", root)
            #expect(await sampler.sample().cpuUsage == 50)
        }
    }

    @Test func theHostsInterfacesAreThoseOfItsFirstProcess() async throws {
        try await Self.run {
            $0.isProcForeign = true
        } _: { sampler, _ in
            let figures = await sampler.sample()
            #expect(figures.networkReceived == 3)
            #expect(figures.networkSent == 4)
        }
    }

    @Test func whatIsMissingIsZero() async throws {
        try await Self.run {
            $0.proc = "/no/such"
            $0.root = "/no/such"
        } _: { sampler, _ in
            var nothing = HostFigures()
            nothing.disk = .unknown("the file system of '/no/such/data' cannot be asked: No such file or directory")
            #expect(await sampler.sample() == nothing)
        }
    }

    @Test func theDiskIsLeftAloneWhereOneSaysSo() async throws {
        try await Self.run {
            $0.skipsDisk = true
        } _: { sampler, _ in
            let figures = await sampler.sample()
            #expect(figures.disk == .unknown("SKIP_DF_COLLECTION is set"))
            #expect(figures.memoryTotal == 10_240)
        }
    }
}
