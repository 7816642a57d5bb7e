import Testing

@testable import ContainerWatch

@Suite struct MonitorReportTests {
    private static let time = "2026-01-02T03:04:05.6Z"

    private static func findings(_ json: String) throws -> [Finding] {
        ContainerCheck().findings(in: try InspectDocument(json: json))
    }

    @Test func aFindingIsALineOfText() throws {
        let findings = try Self.findings(#"{"Name":"web","HostConfig":{"PidMode":"host"}}"#)
        #expect(
            MonitorReport.text(.none).lines(findings, of: "web", at: Self.time) == """
                    HIGH  web  host-pid-namespace  The container shares the host's process namespace (PidMode host).
                  MEDIUM  web  root-user  The container runs as root (no user is set).

                """
        )
    }

    @Test func aCleanContainerIsALineToo() {
        #expect(MonitorReport.text(.none).lines([], of: "web\n", at: Self.time) == "OK    web? — no findings\n")
    }

    @Test func jsonHasTheTimeFirstAndNothingForCleanOnes() throws {
        let report = MonitorReport.json
        #expect(report.header == "")
        #expect(report.lines([], of: "web", at: Self.time) == "")
        let findings = try Self.findings(#"{"Name":"web","Config":{"User":"1"},"HostConfig":{"PidMode":"host"}}"#)
        let line = report.lines(findings, of: "web", at: Self.time)
        #expect(line.hasPrefix(#"{"time":"2026-01-02T03:04:05.6Z","severity":"high","rule":"host-pid-namespace","#))
        #expect(line.hasSuffix("}\n"))
    }
}
