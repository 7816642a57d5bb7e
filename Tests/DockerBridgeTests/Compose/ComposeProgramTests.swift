import Foundation
import Testing

@testable import DockerBridge

@Suite(.timeLimit(.minutes(1))) struct ComposeProgramTests {
    private static func run(_ script: String) async throws -> ComposeProgram.Outcome {
        let program = ComposeProgram(environment: ["PATH": "/usr/bin:/bin"], grace: .milliseconds(100))
        return try await program.run("sh", ["-c", script], limit: .seconds(50))
    }

    private static func isAlive(_ pid: String) throws -> Bool {
        let pid = try #require(pid_t(pid.trimmingCharacters(in: .whitespacesAndNewlines)))
        return ProcessTable.read().entries[pid]?.isZombie == false
    }

    /// The program's end is the end of the call, and nothing else would end what it leaves behind.
    @Test func whatAProgramLeavesBehindEndsWithIt() async throws {
        let outcome = try await Self.run("sleep 1000 >/dev/null 2>&1 & echo $!")
        #expect(outcome.status.words == "exit status 0")
        #expect(try !Self.isAlive(outcome.stdout))
    }

    @Test func whatIgnoresTheRequestToEndIsKilled() async throws {
        let outcome = try await Self.run("trap '' TERM; sleep 1000 >/dev/null 2>&1 & echo $!")
        #expect(try !Self.isAlive(outcome.stdout))
    }

    /// As a process in uninterruptible sleep does.
    @Test func aProcessThatNoSignalEndsIsGivenUp() async throws {
        let program = ComposeProgram(
            environment: ["PATH": "/usr/bin:/bin"],
            grace: .zero,
            killLimit: .milliseconds(100),
            signal: { _, _ in }
        )
        let outcome = try await program.run(
            "sh",
            ["-c", "sleep 1000 >/dev/null 2>&1 & echo $!"],
            limit: .seconds(50)
        )
        #expect(try Self.isAlive(outcome.stdout))
        let pid = try #require(pid_t(outcome.stdout.trimmingCharacters(in: .whitespacesAndNewlines)))
        kill(pid, SIGKILL)
    }

    @Test func aProgramThatCannotBeStartedLeavesNoFamily() async throws {
        let program = ComposeProgram(environment: ["PATH": "/usr/bin:/bin"])
        let failure = await #expect(throws: ComposeFailure.self) {
            try await program.run("lookout-has-no-such-program", [], limit: .seconds(50))
        }
        #expect(failure?.text.contains("cannot be run") == true)
    }
}
