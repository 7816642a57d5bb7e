import Testing

@testable import ContainerWatch

@Suite struct ServiceRequestTests {
    @Test func aServiceIsJudgedAsItsTasks() throws {
        let json = #"""
            [{"ID":"s1","Version":{"Index":1},"Spec":{"Name":"agent","TaskTemplate":{"ContainerSpec":{"Image":"i:1","User":"1",
            "Mounts":[{"Type":"bind","Source":"/run/docker.sock","Target":"/s","ReadOnly":true}],
            "Privileges":{"SELinuxContext":{"Disable":true}}},"Networks":[{"Target":"host"}]},
            "EndpointSpec":{"Ports":[{"Protocol":"tcp","TargetPort":2375,"PublishedPort":2375}]}}}]
            """#
        var selection = RuleSelection()
        selection.profile = .full
        selection.minimum = .medium
        var input = InspectInput(Array(json.utf8))
        let document = try #require(try input.next())
        #expect(document.name == "agent")
        #expect(
            ContainerCheck(selection).findings(in: document).map(\.line) == [
                "docker-api-exposed critical [2375/tcp]", "docker-socket-mount critical [/run/docker.sock]",
                "host-network high", "selinux-disabled medium",
            ]
        )
    }

    @Test(arguments: ["{}", "[{}]", #"{"a":1}"#])
    func whatIsNoDocumentIsAWrongInput(json: String) {
        var input = InspectInput(Array(json.utf8))
        #expect(throws: InputFault.self) { try input.next() }
    }
}
