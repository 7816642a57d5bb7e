import Auth
import DockerBridge
import Drydock
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Support
import Synchronization
import Testing

@testable import EdgeTunnel

/// The whole loop on loopback, against controllers that behave as told.
@Suite(.timeLimit(.minutes(2))) struct EdgeTunnelServiceTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A running service, and what a test can do to it.
    private struct Run {
        let monitor: TunnelMonitor
        let service: EdgeTunnelService
        let group: ServiceGroup
        let settings: TunnelSettings

        func status(_ wanted: TunnelStatus.State) async throws -> TunnelStatus {
            try await value {
                let status = await self.monitor.status
                return status.state == wanted ? status : nil
            }
        }
    }

    private struct Running: Service {
        let service: EdgeTunnelService
        func run() async throws { try await self.service.run() }
    }

    /// Runs a service until `body` is done, and shuts it down then.
    private static func run(
        _ urls: [String],
        change: (inout TunnelSettings) -> Void = { _ in },
        logger: Logger = Self.quiet,
        _ body: @Sendable (Run) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tunnel-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var settings = try TestAgent.settings(urls, keyFile: try TestAgent.makeKey("\(folder)/agent.pem"))
        settings.stateFolder = folder
        // How long the agent waits between two dials is `RecoveryTests`' subject.
        settings.reconnectDelay = .milliseconds(1)
        settings.maximumReconnectDelay = .milliseconds(10)
        settings.dialFloor = .milliseconds(1)
        settings.reloadSpread = .zero
        change(&settings)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let dispatcher = try await TestAgent.dispatcher(on: loop)
        let monitor = TunnelMonitor()
        let service = EdgeTunnelService(
            settings: settings,
            dispatcher: dispatcher,
            monitor: monitor,
            logger: logger
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: Running(service: service), successTerminationBehavior: .ignore)],
                logger: Self.quiet
            )
        )
        let run = Run(monitor: monitor, service: service, group: group, settings: settings)
        let running = Task { try await group.run() }
        do {
            try await body(run)
            await group.triggerGracefulShutdown()
            try await running.value
        } catch {
            await group.triggerGracefulShutdown()
            _ = try? await running.value
            throw error
        }
    }

    // MARK: Dialects

    @Test func aPathThatIsNotThereLeadsToTheOtherDialectAndStaysThere() async throws {
        let controller = try await FakeController.listening(
            .refusing("404 Not Found"),
            .leaving(code: 1001),
            .answering(FakeController.welcome)
        )
        try await Self.run([controller.url]) { run in
            #expect(try await controller.nextUpgrade() == "/api/portwing/ws")
            #expect(try await controller.nextUpgrade() == "/api/lookout/ws")
            #expect(try await controller.nextUpgrade() == "/api/lookout/ws", "what was welcomed comes first")
            let status = try await run.status(.connected)
            #expect(status.dialect == .lookout)
            #expect(status.attempts.count == 2)
            #expect(status.attempts[0].contains(#""end":"http-404""#))
            #expect(status.timings.entries.map(\.phase) == [.dns, .tcp, .upgrade, .hello, .welcome])
        }
        try await controller.stop()
    }

    @Test func aProtocolMismatchLeadsToTheOtherDialect() async throws {
        let controller = try await FakeController.listening(
            FakeController.error("protocol-mismatch"),
            .answering(FakeController.welcome)
        )
        try await Self.run([controller.url]) { run in
            let status = try await run.status(.connected)
            #expect(status.dialect == .lookout)
        }
        try await controller.stop()
    }

    @Test func anUpgradeThatIsNeverAnsweredLeadsToTheOtherDialect() async throws {
        let controller = try await FakeController.listening(.speaking(.lookout))
        // The first dial meets its limit at once, the next ones do not. The controller may read the first upgrade last.
        let dials = Atomic(0)
        let limits: @Sendable () -> DialLimits = {
            var limits = DialLimits.patient
            if dials.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { limits.whole = .milliseconds(1) }
            return limits
        }
        try await Self.run([controller.url], change: { $0.dial.limits = limits }) { run in
            let status = try await run.status(.connected)
            #expect(status.dialect == .lookout)
            #expect(status.attempts[0].contains(#""end":"upgrade-silent""#))
        }
        try await controller.stop()
    }

    // MARK: Several controllers

    @Test func theNextControllerIsDialledWhenTheFirstIsAway() async throws {
        // A port of one that has just left may be another test's by now.
        let url = "ws://127.0.0.1:1"
        let controller = try await FakeController.listening(.answering(FakeController.welcome))
        try await Self.run([url, controller.url]) { run in
            let status = try await run.status(.connected)
            #expect(status.controller == (try ControllerAddress(parsing: controller.url)))
            #expect(status.attempts[0].contains(#""end":"tcp-failed""#))
            #expect(status.dials == 2)
        }
        try await controller.stop()
    }

    /// The tunnel may not even have been built on the connection by then, which is no reason to wait for it.
    @Test func aControllerThatIsGoneRightAfterTheUpgradeIsDialledAgain() async throws {
        let controller = try await FakeController.listening(
            .vanishing,
            .vanishing,
            .answering(FakeController.welcome)
        )
        try await Self.run([controller.url]) { run in
            let status = try await run.status(.connected)
            #expect(status.attempts.count == 2)
            #expect(status.attempts.allSatisfy { $0.contains(#""end":"lost""#) })
        }
        try await controller.stop()
    }

    // MARK: Parking

    @Test func aTerminalCodeParksAndASignalDialsAgain() async throws {
        let controller = try await FakeController.listening(
            FakeController.error("agent-name-claimed"),
            .answering(FakeController.welcome)
        )
        try await Self.run([controller.url]) { run in
            let parked = try await run.status(.parked)
            #expect(parked.parking?.code == "agent-name-claimed")
            #expect(parked.nextDial != nil)
            run.service.reload()
            let status = try await run.status(.connected)
            #expect(status.parking == nil)
        }
        try await controller.stop()
    }

    @Test func aNewKeyFileEndsTheRest() async throws {
        let controller = try await FakeController.listening(
            FakeController.error("unknown-key"),
            .answering(FakeController.welcome)
        )
        try await Self.run([controller.url]) { run in
            let before = try await run.status(.parked).keyID
            try TestAgent.makeKey(run.settings.privateKeyFile)
            let status = try await run.status(.connected)
            #expect(status.keyID != before)
        }
        try await controller.stop()
    }

    @Test func aMissingPathInBothDialectsParks() async throws {
        let controller = try await FakeController.listening(.refusing("404 Not Found"))
        try await Self.run([controller.url]) { run in
            let status = try await run.status(.parked)
            #expect(status.parking?.code == "http-404")
        }
        try await controller.stop()
    }

    @Test func parkingEndsTheServiceWhenItIsToldSo() async throws {
        let controller = try await FakeController.listening(FakeController.error("no-auth"))
        await #expect(throws: Parked(parking: Parking(code: "no-auth", remedy: RejectionCode.noAuth.remedy))) {
            try await Self.run([controller.url], change: { $0.park = .exit }) { run in
                _ = try await run.status(.parked)
            }
        }
        try await controller.stop()
    }

    // MARK: Between two dials

    private static func rest(_ settings: inout TunnelSettings) {
        settings.reconnectDelay = .seconds(3600)
        settings.maximumReconnectDelay = .seconds(3600)
    }

    @Test func aSignalThatChangesNothingDoesNotDial() async throws {
        let controller = try await FakeController.listening(.vanishing)
        let log = Mailbox<String>()
        try await Self.run([controller.url], change: Self.rest, logger: LogMailbox.logger(log)) { run in
            _ = try await run.status(.waiting)
            run.service.reload()
            while try await log.next() != "SIGHUP: nothing that a dial reads has changed, waiting on" {}
            let status = await run.monitor.status
            #expect(status.state == .waiting)
            #expect(status.dials == 1)
        }
        try await controller.stop()
    }

    @Test func anAgentThatWaitsDialsWhenItIsAskedTo() async throws {
        let controller = try await FakeController.listening(.vanishing, .answering(FakeController.welcome))
        try await Self.run([controller.url], change: Self.rest) { run in
            _ = try await run.status(.waiting)
            #expect(run.service.dialNow() == .waiting)
            _ = try await run.status(.connected)
            #expect(run.service.dialNow() == .connected)
        }
        try await controller.stop()
    }

    // MARK: Keys

    @Test func theNextKeyTakesOver() async throws {
        let controller = try await FakeController.listening(
            FakeController.error("unknown-key"),
            .answering(FakeController.welcome)
        )
        let next = FileManager.default.temporaryDirectory.appending(path: "next-\(UUID().uuidString).pem").path
        try TestAgent.makeKey(next)
        defer { try? FileManager.default.removeItem(atPath: next) }
        let keyID = try SigningKey.load(path: next).verifyingKey.keyID
        try await Self.run([controller.url], change: { $0.nextPrivateKeyFile = next }) { run in
            let status = try await run.status(.connected)
            #expect(status.keyID == keyID)
        }
        try await controller.stop()
    }

    @Test func aKeyFileThatCannotBeReadParksWithoutADial() async throws {
        let controller = try await FakeController.listening(.answering(FakeController.welcome))
        try await Self.run([controller.url], change: { $0.privateKeyFile = "/nowhere/agent.pem" }) { run in
            let status = try await run.status(.parked)
            #expect(status.parking?.code == "key-unusable")
            #expect(status.dials == 0)
        }
        try await controller.stop()
    }

    // MARK: Leaving

    @Test(arguments: [0, 1, 2, 3])
    func aShutdownEndsTheLoopWhateverItWaitsFor(which: Int) async throws {
        let manners: [FakeController.Manners] = [
            .silent, .speechless, .answering(FakeController.welcome), FakeController.error("no-auth"),
        ]
        let controller = try await FakeController.listening(manners[which])
        try await Self.run([controller.url]) { run in
            _ = try await controller.nextUpgrade()
            if which == 1 { #expect(try await controller.nextFrame().hasPrefix(#"{"type":"hello""#)) }
            if which == 2 { _ = try await run.status(.connected) }
            if which == 3 { _ = try await run.status(.parked) }
        }
        if which == 1 { #expect(try await controller.closeFrame() == "close 1000") }
        if which == 2 {
            #expect(try await controller.nextFrame().hasPrefix(#"{"type":"hello""#))
            #expect(try await controller.closeFrame() == "close 1000")
        }
        try await controller.stop()
    }
}
