import Glibc
import Logging
import Support
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct ReloadLaneTests {
    /// A file on a disk that hangs until it is told not to.
    private final class Disk: Sendable {
        let readings = Mailbox<Void>()
        private let ends: (output: CInt, input: CInt)

        init() {
            var ends: [CInt] = [-1, -1]
            pipe(&ends)
            self.ends = (ends[0], ends[1])
        }

        deinit {
            close(self.ends.output)
            close(self.ends.input)
        }

        func read() {
            self.readings.put(())
            var byte: UInt8 = 0
            _ = Glibc.read(self.ends.output, &byte, 1)
        }

        /// One reading ends.
        func answer() {
            var byte: UInt8 = 0
            _ = write(self.ends.input, &byte, 1)
        }
    }

    private static func logger(_ lines: Mailbox<String>) -> Logger {
        let output = LogOutput(format: .text, level: .info) { lines.put($0) }
        return Logger(label: "test") { _ in output }
    }

    @Test func requestsDuringAReadingBecomeOneMore() async throws {
        let (disk, others) = (Disk(), Mailbox<Void>())
        let lane = ReloadLane("a file", logger: Self.logger(Mailbox()), blocking: { disk.read() })
        lane.request()
        try await disk.readings.next()
        for _ in 0..<100 { lane.request() }
        // Another lane goes on meanwhile.
        ReloadLane("another", logger: Self.logger(Mailbox()), blocking: { others.put(()) }).request()
        try await others.next()
        disk.answer()
        try await disk.readings.next()
        disk.answer()
        // The lane is idle again, or becomes so: a later request is a reading of its own.
        lane.request()
        try await disk.readings.next()
        disk.answer()
    }

    @Test func aReadingThatTakesLongIsNamed() async throws {
        let (disk, lines) = (Disk(), Mailbox<String>())
        let lane = ReloadLane("authorized_keys", logger: Self.logger(lines), patience: .zero, blocking: { disk.read() })
        lane.request()
        try await disk.readings.next()
        #expect(try await lines.next().contains("WARN SIGHUP: authorized_keys is still being read"))
        disk.answer()
    }

    @Test func workThatWaitsWithoutAThreadIsDoneOnceAtATimeToo() async throws {
        let (begun, answers) = (Mailbox<Void>(), Mailbox<Void>())
        let lane = ReloadLane("the audit log", logger: Self.logger(Mailbox())) {
            begun.put(())
            _ = try? await answers.next()
        }
        lane.request()
        try await begun.next()
        lane.request()
        lane.request()
        answers.put(())
        try await begun.next()
        answers.put(())
    }
}
