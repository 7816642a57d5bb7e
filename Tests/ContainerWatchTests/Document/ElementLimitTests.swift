import Testing

@testable import ContainerWatch

@Suite struct ElementLimitTests {
    private static func list(_ count: Int, _ entry: (Int) -> String) -> String {
        (0..<count).map(entry).joined(separator: ",")
    }

    private static func binds(_ count: Int) -> String {
        #"{"Config":{"User":"1"},"HostConfig":{"Binds":[\#(Self.list(count) { #""/srv/\#($0):/\#($0)""# })]}}"#
    }

    private static func ports(_ count: Int) -> String {
        #"{"Config":{"User":"1","ExposedPorts":{\#(Self.list(count) { #""\#($0 + 3_000)/udp":{}"# })}}}"#
    }

    @Test func whatIsWithinTheLimitIsJudgedAsAWhole() throws {
        for json in [Self.binds(ElementLimit.others), Self.ports(ElementLimit.ports)] {
            #expect(ContainerCheck().findings(in: try InspectDocument(json: json)) == [])
        }
        #expect(throws: Never.self) { try CreateRequest(Array(Self.binds(ElementLimit.others).utf8), name: "web") }
    }

    /// Also where single rules were chosen: they did not see all.
    @Test func aListThatIsTooLongIsAFinding() throws {
        var selection = RuleSelection()
        selection.only = ["host-network"]
        for (json, list) in [
            (Self.binds(ElementLimit.others + 1), "Binds"), (Self.ports(ElementLimit.ports + 1), "ExposedPorts"),
        ] {
            for check in [ContainerCheck(), ContainerCheck(selection)] {
                let findings = check.findings(in: try InspectDocument(json: json))
                #expect(findings.map(\.line) == ["too-many-settings high [\(list)]"])
            }
        }
    }

    @Test func bindingsOfOnePortAreCountedToo() throws {
        let bindings = Self.list(ElementLimit.others + 1) { #"{"HostIp":"127.0.0.1","HostPort":"\#($0 + 3_000)"}"# }
        let json = #"{"Config":{"User":"1"},"HostConfig":{"PortBindings":{"80/tcp":[\#(bindings)]}}}"#
        let findings = ContainerCheck().findings(in: try InspectDocument(json: json))
        #expect(findings.map(\.line) == ["too-many-settings high [bindings of a port]"])
    }

    @Test func aBodyWithTooManyEntriesCannotBeJudged() {
        let fault = #expect(throws: CreateRequest.Fault.self) {
            try CreateRequest(Array(Self.binds(70_000).utf8), name: "web")
        }
        #expect(fault == .tooMany("Binds"))
        #expect(fault.map { "\($0)" } == "the body has over 4096 entries in Binds, too many to judge")
    }

    @Test func aBodyWithTooManyValuesCannotBeJudged() {
        let body = #"{"Labels":[\#(Self.list(300_000) { _ in "0" })]}"#
        let fault = #expect(throws: CreateRequest.Fault.self) { try CreateRequest(Array(body.utf8), name: "web") }
        #expect(fault.map { "\($0)".contains("more values than are read") } == true)
    }

    /// A list that no rule goes through may have any length, and hides nothing that stands behind it.
    @Test func otherListsHaveNoLimit() throws {
        let labels = Self.list(10_000) { #""l\#($0)":"v""# }
        let members = Self.list(10_000) { #""m\#($0)":1"# }
        let json =
            #"{\#(members),"Config":{"User":"1","Labels":{\#(labels)}},"HostConfig":{\#(members),"Privileged":true}}"#
        #expect(
            ContainerCheck().findings(in: try InspectDocument(json: json)).map(\.line) == [
                "privileged-container critical"
            ]
        )
        let request = try CreateRequest(Array(json.utf8), name: "web")
        #expect(ContainerCheck().findings(in: request).map(\.rule).contains("privileged-container"))
    }
}
