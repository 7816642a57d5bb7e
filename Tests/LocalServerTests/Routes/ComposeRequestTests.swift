import DockerBridge
import NIOCore
import Testing

@testable import LocalServer

@Suite struct ComposeRequestTests {
    private static func read(_ text: String) throws -> ComposeOperation {
        try ComposeRequest.read(ByteBuffer(string: text))
    }

    @Test func everyMemberIsRead() throws {
        let operation = try Self.read(
            """
            {"operation":"up","stackName":"web","stackDir":"","services":["a","b"],"build":true,"forceRecreate":true,
             "noDeps":true,"removeVolumes":true,"tail":5,"envVars":{"A":"1"},"unknown":{"x":[1]},
             "files":{"a/b":"text","c":"base64:AAEC"},
             "registryAuth":{"server":"r","username":"u","password":"p","more":1}}
            """
        )
        var expected = ComposeOperation(name: "up", stackName: "web")
        expected.services = ["a", "b"]
        (expected.builds, expected.forcesRecreate, expected.leavesDependencies) = (true, true, true)
        expected.removesVolumes = true
        expected.tail = 5
        expected.variables = ["A": "1"]
        expected.files = ["a/b": Array("text".utf8), "c": [0, 1, 2]]
        expected.login = .init(server: "r", username: "u", password: "p")
        #expect(operation == expected)
    }

    @Test func aNullIsAsGoodAsNothing() throws {
        let operation = try Self.read(#"{"operation":"ps","stackName":"w","services":null,"tail":null,"files":null}"#)
        #expect(operation == ComposeOperation(name: "ps", stackName: "w"))
    }

    @Test(arguments: [
        ("", "no JSON object"), ("[]", "no JSON object"), (#"{"operation":1}"#, "operation must be a text"),
        (#"{"services":"a"}"#, "services must be a list of texts"),
        (#"{"services":[1]}"#, "services must be a text"),
        (#"{"services":[null]}"#, "services must be a list of texts"),
        (#"{"build":"yes"}"#, "build must be true or false"), (#"{"tail":"5"}"#, "tail must be a whole number"),
        (#"{"tail":1.5}"#, "tail must be a whole number"), (#"{"envVars":{"A":1}}"#, "envVars.A must be a text"),
        (#"{"files":{"x":"base64:??"}}"#, "base64"), (#"{"registryAuth":"u:p"}"#, "registryAuth must be an object"),
    ])
    func whatIsWrongIsNamed(_ text: String, _ reason: String) {
        let invalid = #expect(throws: ComposeRequest.Invalid.self) { try Self.read(text) }
        #expect(invalid?.reason.contains(reason) == true, "\(invalid?.reason ?? "")")
    }

    @Test func ofAMemberThatComesTwiceTheLastOneCounts() throws {
        let operation = try Self.read(
            #"{"services":["a"],"files":{"a":"1"},"envVars":{"A":"1"},"services":["b"],"files":{"b":"2"},"envVars":{"B":"2"}}"#
        )
        #expect(operation.services == ["b"])
        #expect(operation.files == ["b": Array("2".utf8)])
        #expect(operation.variables == ["B": "2"])
    }

    /// Whatever a client fills its body with is counted as long as the operation waits.
    @Test(arguments: [
        #""operation":"@""#, #""stackName":"@""#, #""stackDir":"@""#, #""services":["x","@"]"#, #""envVars":{"A":"@"}"#,
        #""files":{"@":"x"}"#, #""files":{"x":"@"}"#, #""registryAuth":{"server":"@"}"#,
        #""registryAuth":{"username":"@"}"#, #""registryAuth":{"password":"@"}"#,
    ])
    func everyTextCounts(_ member: String) throws {
        let text = String(repeating: "t", count: 100_000)
        #expect(try Self.read("{\(member.replacing("@", with: text))}").byteCount >= 100_000)
    }

    /// Four bytes of a body would become an entry of a table.
    @Test(arguments: [(#""services":[@]"#, "services"), (#""envVars":{@}"#, "envVars"), (#""files":{@}"#, "files")])
    func noListIsLongerThanAStackNeeds(_ list: String, _ name: String) throws {
        let text = { (count: Int) in
            let entries = (0..<count).map { name == "services" ? #""s\#($0)""# : #""s\#($0)":"""# }
            return "{" + list.replacing("@", with: entries.joined(separator: ",")) + "}"
        }
        _ = try Self.read(text(4096))
        let invalid = #expect(throws: ComposeRequest.Invalid.self) { try Self.read(text(4097)) }
        #expect(invalid?.reason == "\(name) has more than 4096 entries")
    }
}
