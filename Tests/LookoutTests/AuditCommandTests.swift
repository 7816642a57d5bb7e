import ArgumentParser
import ContainerWatch
import Testing

@testable import Lookout

@Suite struct AuditCommandTests {
    @Test(arguments: [
        ["--offline"], ["--all", "a.json"], ["--json", "--sarif"], ["--profile", "none"], ["--rule", "none"],
        ["--ignore", "none=x"], ["--skip-rule", ""], ["--min-severity", "bad"], ["--fail-on", "bad"],
        ["--inspect-file"], ["--unknown"],
    ])
    func aWrongCallIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try AuditCommand.parse(arguments) }
    }

    @Test func filesComeInAnyForm() throws {
        let command = try AuditCommand.parse(["--offline", "--inspect-file", "-", "--json", "a"])
        #expect(command.inspectFile == ["-"])
        #expect(command.files == ["a"])
        #expect(try AuditCommand.parse(["-"]).files == ["-"])
    }

    @Test func theThresholdIsHighUnlessItIsSaid() throws {
        #expect(try AuditCommand.parse([]).failOn == .from(.high))
        #expect(try AuditCommand.parse(["--fail-on", "never"]).failOn == .never)
        #expect(try AuditCommand.parse(["--fail-on", "low"]).failOn == .from(.low))
        #expect(try AuditCommand.parse(["--profile", "all"]).rules.profile == .full)
    }

    /// Status 1 is for findings.
    @Test func aFileThatCannotBeReadEndsItWithStatusTwo() async throws {
        let command = try AuditCommand.parse(["/does/not/exist.json"])
        let failure = await #expect(throws: CommandFailure.self) { try await command.run() }
        #expect(failure?.status == 2)
        #expect(failure?.description == "/does/not/exist.json: No such file or directory")
    }
}
