import Testing

@testable import ContainerWatch

@Suite struct ContainerReportTests {
    private static func findings(_ json: String) throws -> [Finding] {
        ContainerCheck().findings(in: try InspectDocument(json: json))
    }

    @Test func findingsStandUnderTheirContainerAndRemediesAtTheEnd() throws {
        let findings =
            try Self.findings(#"{"Name":"db","Id":"2"}"#)
            + Self.findings(#"{"Name":"web","Id":"1","HostConfig":{"PidMode":"host"}}"#)
        #expect(
            ContainerReport(.none, width: 80).text(Report(containersInspected: 3, findings: findings)) == """
                Lookout audit
                web  HIGH
                      HIGH  host-pid-namespace  The container shares the host's process
                            namespace (PidMode host).
                    MEDIUM  root-user  The container runs as root (no user is set).
                db  MEDIUM  root-user  The container runs as root (no user is set).
                What to do
                  host-pid-namespace  Remove `--pid host` (`pid: host` in a compose file).
                  root-user  Set `USER` in the image or `--user` (`user:`) to an account without
                    rights.
                Containers: 3, without findings: 1. HIGH 1  MEDIUM 2

                """
        )
    }

    @Test func tenPlainContainersFitOnOneScreen() throws {
        let findings = try (0..<10).flatMap { try Self.findings(#"{"Name":"a-container-\#($0)","Id":"\#($0)"}"#) }
        let text = ContainerReport(.none, width: 80).text(Report(containersInspected: 10, findings: findings))
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 24)
    }

    @Test(arguments: [40, 60, 80, 200])
    func noLineIsWiderThanTheTerminal(width: Int) throws {
        let json =
            #"{"Name":"web","HostConfig":{"Privileged":true,"Binds":["/etc:/e","/usr/bin:/u"],"PidMode":"host"}}"#
        let report = Report(containersInspected: 1, findings: try Self.findings(json))
        let text = ContainerReport(.none, width: width).text(report)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
        // Nothing is lost at the breaks.
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(report.findings.allSatisfy { words.contains($0.detail) })
    }

    @Test func nothingFoundIsSaid() {
        let text = ContainerReport(.none).text(Report(containersInspected: 2, findings: []))
        #expect(text == "Lookout audit\nContainers: 2, without findings: 2. No security findings.\n")
    }

    @Test func coloursAreAlwaysReset() throws {
        let findings = try Self.findings(#"{"Name":"web","HostConfig":{"Privileged":true}}"#)
        let text = "." + ContainerReport(.ansi).text(Report(containersInspected: 1, findings: findings))
        #expect(text.contains("\u{1b}[1mweb\u{1b}[0m  \u{1b}[1;91mCRITICAL\u{1b}[0m\n"))
        let starts = text.split(separator: "\u{1b}[").dropFirst().filter { !$0.hasPrefix("0m") }.count
        #expect(starts == text.split(separator: "\u{1b}[").dropFirst().count { $0.hasPrefix("0m") })
    }
}
