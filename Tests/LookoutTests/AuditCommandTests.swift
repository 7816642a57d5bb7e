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

    @Test(
        arguments: [
            (false, true, [:], true), (true, true, [:], false), (false, false, [:], false),
            (false, true, ["NO_COLOR": ""], true), (false, true, ["NO_COLOR": "1"], false),
            (false, true, ["TERM": "dumb"], false), (false, true, ["TERM": "xterm"], true),
        ] as [(Bool, Bool, [String: String], Bool)]
    )
    func coloursNeedATerminalAndNobodyWhoDeclines(
        noColor: Bool,
        isTerminal: Bool,
        environment: [String: String],
        isColoured: Bool
    ) {
        let paint = Configuration.paint(noColor: noColor, isTerminal: isTerminal, environment: environment)
        switch paint {
        case .ansi: #expect(isColoured)
        case .none: #expect(!isColoured)
        }
    }
}
