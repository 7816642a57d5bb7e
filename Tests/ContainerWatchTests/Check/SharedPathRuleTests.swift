import Testing

@testable import ContainerWatch

@Suite struct SharedPathRuleTests {
    private static func findings(_ documents: String...) throws -> [String] {
        var selection = RuleSelection()
        selection.only = ["shared-writable-path"]
        var shared = SharedPaths()
        for (number, host) in documents.enumerated() {
            shared.add(try InspectDocument(json: #"{"Name":"t\#(number)","HostConfig":{\#(host)}}"#))
        }
        return ContainerCheck(selection).findings(among: shared).inOrder().map { "\($0.container) \($0.line)" }
    }

    @Test func aFolderThatOneMayWriteToIsFoundInBoth() throws {
        #expect(
            try Self.findings(#""Binds":["/srv/a:/a"]"#, #""Binds":["/srv/a/:/b:ro","/srv/b:/c"]"#) == [
                "t0 shared-writable-path low [/srv/a]", "t1 shared-writable-path low [/srv/a]",
            ]
        )
        #expect(
            try Self.findings(#""Binds":["data:/a"]"#, #""Mounts":[{"Type":"volume","Source":"data","Target":"/b"}]"#)
                == [
                    "t0 shared-writable-path low [data]", "t1 shared-writable-path low [data]",
                ]
        )
    }

    @Test func whatIsOnlyReadOrOnesOwnOrHasARuleIsNot() throws {
        #expect(try Self.findings(#""Binds":["/srv/a:/a:ro"]"#, #""Binds":["/srv/a:/b:ro"]"#) == [])
        #expect(try Self.findings(#""Binds":["/srv/a:/a","/srv/a:/b"]"#, #""Binds":["/srv/b:/b"]"#) == [])
        #expect(try Self.findings(#""Binds":["/run/docker.sock:/a"]"#, #""Binds":["/run/docker.sock:/a"]"#) == [])
    }
}
