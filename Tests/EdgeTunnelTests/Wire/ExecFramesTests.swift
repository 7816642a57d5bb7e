import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct ExecFramesTests {
    @Test func readyNamesItsSession() {
        #expect(
            ExecFrames.ready(id: "e\"", allocator: testAllocator).text
                == #"{"type":"exec_ready","data":{"execId":"e\""}}"#
        )
    }

    @Test(
        arguments: [
            (nil, ""), (.stdout, #","stream":"stdout""#), (.stdin, #","stream":"stdout""#),
            (.stderr, #","stream":"stderr""#),
        ] as [(StdStream?, String)]
    )
    func outputNamesItsStreamOnlyWhereThereAreTwo(stream: StdStream?, member: String) {
        #expect(
            String(buffer: ExecFrames.outputPrefix(id: "e", stream: stream))
                == #"{"type":"exec_output","data":{"execId":"e"\#(member),"data":""#
        )
    }

    @Test(arguments: [
        (ExecEnd(reason: "exited", exitCode: 0), #""exited","exitCode":0"#),
        (ExecEnd(reason: "exited", exitCode: -1), #""exited","exitCode":-1"#),
        (ExecEnd(reason: "exited"), #""exited""#),
        (ExecEnd(reason: "create exec failed: \"x\""), #""create exec failed: \"x\"""#),
    ])
    func theEndTellsWhyAndTheExitCodeIfKnown(end: ExecEnd, members: String) {
        #expect(
            ExecFrames.end(id: "e", end, allocator: testAllocator).text
                == #"{"type":"exec_end","data":{"execId":"e","reason":\#(members)}}"#
        )
    }
}
