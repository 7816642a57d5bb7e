import Foundation
import Testing

extension EndToEnd {
    /// Programs that must not outlive the tests.
    @Suite struct LeashTests {
        /// Starts a shell and its child on a leash; returns both their numbers.
        private static func start(_ bench: Workbench, _ leash: Leash) async throws -> (Program, [pid_t]) {
            let words = ["/bin/sh", "-c", "sleep 1000 & echo pids $$ $! end; wait"]
            let program = try bench.start(Leash.shell, try Leash.words(words), input: leash.input)
            let line = try await program.line(after: "pids ")
            return (program, line.split(separator: " ").compactMap { pid_t($0) })
        }

        /// A zombie has ended too.
        private static func hasEnded(_ number: pid_t) -> Bool {
            let status = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)
            return status.map { $0.contains(") Z ") } ?? true
        }

        @Test func aProgramAndItsChildrenEndWithTheProcessThatHoldsTheLeash() async throws {
            try await Workbench.use { bench in
                let leash = try Leash()
                let (program, numbers) = try await Self.start(bench, leash)
                #expect(numbers.count == 2)
                leash.letGo()
                #expect(try await program.exit() == 128 + SIGKILL)
                _ = try await eventually("both have ended") { numbers.allSatisfy(Self.hasEnded) ? true : nil }
            }
        }

        @Test func stoppingItEndsTheChildrenToo() async throws {
            try await Workbench.use { bench in
                let leash = try Leash()
                defer { leash.letGo() }
                let (program, numbers) = try await Self.start(bench, leash)
                await program.stop()
                _ = try await eventually("both have ended") { numbers.allSatisfy(Self.hasEnded) ? true : nil }
            }
        }

        @Test func theStatusIsTheProgramsOwn() async throws {
            try await Workbench.use { bench in
                let leash = try Leash()
                defer { leash.letGo() }
                let words = try Leash.words(["/bin/sh", "-c", "echo said; exit 7"])
                let outcome = try await bench.run(Leash.shell, words, input: leash.input)
                #expect(outcome.status == 7)
                #expect(outcome.output == "said\n")
            }
        }
    }
}
