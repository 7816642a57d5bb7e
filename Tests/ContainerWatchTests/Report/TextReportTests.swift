import Testing

@testable import ContainerWatch

@Suite struct TextReportTests {
    private static func report(_ json: String) throws -> Report {
        Report(containersInspected: 1, findings: ContainerCheck().findings(in: try InspectDocument(json: json)))
    }

    @Test func aFindingHasThreeLines() throws {
        let report = try Self.report(#"{"Name":"web","HostConfig":{"PidMode":"host"}}"#)
        let rule = String(repeating: "─", count: 80)
        #expect(
            TextReport(.none).text(report) == """

                Lookout audit
                Containers inspected: 1  |  Findings: 2

                \(rule)
                [    HIGH] host-pid-namespace  (web)
                  The container shares the host's process namespace (PidMode host).
                  What to do: Remove `--pid host` (`pid: host` in a compose file).
                [  MEDIUM] root-user  (web)
                  The container runs as root (no user is set).
                  What to do: Set `USER` in the image or `--user` (`user:`) to an account without rights.
                \(rule)

                Summary: [HIGH] 1  [MEDIUM] 1

                """
        )
    }

    @Test func nothingFoundIsSaid() throws {
        #expect(
            TextReport(.none).text(try Self.report(#"{"Config":{"User":"1"}}"#)) == """

                Lookout audit
                Containers inspected: 1  |  Findings: 0

                No security findings.

                """
        )
    }

    @Test func coloursAreAlwaysReset() throws {
        let report = try Self.report(#"{"Name":"web","HostConfig":{"Privileged":true,"PidMode":"host"}}"#)
        let text = TextReport(.ansi).text(report)
        #expect(text.contains("\u{1b}[1;91m[CRITICAL]\u{1b}[0m \u{1b}[1mprivileged-container\u{1b}[0m  (web)"))
        #expect(text.contains("\u{1b}[91m[    HIGH]\u{1b}[0m"))
        #expect(text.contains("\u{1b}[93m[  MEDIUM]\u{1b}[0m"))
        #expect(text.contains("\u{1b}[2mContainers inspected: 1  |  Findings: 3\u{1b}[0m"))
        let starts = text.split(separator: "\u{1b}[").dropFirst().filter { !$0.hasPrefix("0m") }.count
        #expect(starts == text.split(separator: "\u{1b}[").dropFirst().count { $0.hasPrefix("0m") })
    }

    @Test func everyRuleSaysWhatToDo() {
        #expect(RuleBook.all.allSatisfy { $0.remedy.hasSuffix(".") && $0.summary.hasSuffix(".") })
    }
}
