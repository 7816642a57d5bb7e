import DockerBridge
import NIOCore
import Support
import Testing

@testable import LocalServer

/// What the tools make of an engine's answers, to the byte.
@Suite(.timeLimit(.minutes(1))) struct ContainerToolsTests {
    /// - Returns: the answer to a call of `tool`.
    private static func answer(of tool: String, arguments: String = "{}", engine: String) async throws -> String {
        let found = Mailbox<String>()
        try await ListenerBench.run(
            groups: { dispatcher in
                let engine = EngineAPI(dispatcher: dispatcher)
                let tools: [any MCPTool] = [
                    ListContainersTool(engine: engine), InspectContainerTool(engine: engine),
                    ContainerStatsTool(engine: engine),
                ]
                return [MCPRoutes(version: "1", tools: tools)]
            },
            answer: { $1.respond(200, engine) }
        ) { bench in
            let call =
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"#
            found.put(try await bench.say(ListenerBench.post("/_lookout/mcp", call)))
        }
        return try await found.next()
    }

    /// Engines write `null` where there are no labels; the members behind it are read all the same.
    @Test func labelsMayBeNull() async throws {
        let engine =
            #"[{"Labels":null,"Id":"c1","Names":["/web"],"Image":"nginx","State":"running","Status":"Up"},"#
            + #"{"Labels":{"a":"b"},"Names":null,"Id":"c2"}]"#
        let answer = try await Self.answer(of: "list_containers", engine: engine)
        #expect(
            answer.contains(
                #""structuredContent":{"containers":[{"id":"c1","names":["/web"],"image":"nginx","state":"running","status":"Up"},"#
                    + #"{"id":"c2","names":[],"image":"","state":"","status":"","labels":{"a":"b"}}]},"isError":false"#
            )
        )
    }

    /// However many entries: a list that is larger than the tool gives is refused, and what is no container is left out.
    @Test func aListHasALimit() async throws {
        #expect(ListContainersTool.list(ByteBuffer(string: "{}")) == .failure(.notAList))
        #expect(ListContainersTool.list(ByteBuffer(string: #"[{"Id":"c1"}"#)) == .failure(.notAList))
        let withoutIDs = "[" + String(repeating: "{},", count: 100_000) + "{}]"
        #expect(ListContainersTool.list(ByteBuffer(string: withoutIDs)) == .success(ByteBuffer(string: "[]")))
        let many = "[" + String(repeating: #"{"Id":"c1"},"#, count: 100_000) + "{}]"
        #expect(ListContainersTool.list(ByteBuffer(string: many)) == .failure(.tooLarge))
        let large = String(repeating: "x", count: ListContainersTool.maximumBytes)
        for entry in [#"{"Id":"c1","Labels":{"a":"\#(large)"}}"#, #"{"Id":"c1","Names":["\#(large)"]}"#] {
            #expect(ListContainersTool.list(ByteBuffer(string: "[\(entry)]")) == .failure(.tooLarge))
        }
        let answer = try await Self.answer(of: "list_containers", engine: many)
        #expect(answer.contains("the list is larger than 4 MiB; inspect_container tells of one container"))
        #expect(answer.contains(#""isError":true"#))
    }

    @Test func anInspectedContainerIsTold() async throws {
        let engine =
            #"{"Id":"c1","Name":"/web","State":{"Status":"running","Running":true,"Pid":7,"Health":{"Status":"healthy"}},"#
            + #""Config":{"Image":"nginx","Env":["A=secret"]},"HostConfig":{"RestartPolicy":{"Name":"always"}},"#
            + #""Mounts":[{"Type":"bind","Source":"/a","Destination":"/b","RW":false}],"#
            + #""NetworkSettings":{"Networks":{"web":{"IPAddress":"10.0.0.2"}}}}"#
        let answer = try await Self.answer(of: "inspect_container", arguments: #"{"id":"web"}"#, engine: engine)
        #expect(
            answer.contains(
                #""structuredContent":{"id":"c1","name":"/web","state":{"Status":"running","Running":true,"Paused":false,"#
                    + #""Restarting":false,"OOMKilled":false,"Dead":false,"Pid":7,"ExitCode":0,"Health":{"Status":"healthy"}},"#
                    + #""image":"nginx","envCount":1,"mounts":[{"source":"/a","destination":"/b","readOnly":true}],"#
                    + #""networks":["web"],"restartPolicy":"always"},"isError":false"#
            )
        )
        #expect(!answer.contains("secret"))
    }

    @Test func figuresOfAContainerAreTold() async throws {
        let engine =
            #"{"cpu_stats":{"cpu_usage":{"total_usage":5}},"memory_stats":{"usage":6,"limit":7},"#
            + #""networks":{"eth0":{"rx_bytes":8,"tx_bytes":9}}}"#
        let answer = try await Self.answer(of: "container_stats", arguments: #"{"id":"web"}"#, engine: engine)
        #expect(
            answer.contains(
                #""structuredContent":{"id":"web","cpuTotalUsage":5,"memUsage":6,"memLimit":7,"#
                    + #""networks":{"eth0":{"rxBytes":8,"txBytes":9}}},"isError":false"#
            )
        )
    }
}
