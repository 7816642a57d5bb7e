import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ExecMessagesTests {
    @Test(arguments: [
        (
            ExecSpec(containerID: "c", command: ["sh", "-c", "echo \"é\""], isTTY: true),
            #"{"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":true,"Cmd":["sh","-c","echo \"é\""]}"#
        ),
        (
            ExecSpec(containerID: "c", command: ["id"], user: "a:b", isTTY: false),
            #"{"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":false,"Cmd":["id"],"User":"a:b"}"#
        ),
        (
            ExecSpec(containerID: "c", command: [], user: ""),
            #"{"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":true,"Cmd":[]}"#
        ),
    ])
    func creationSaysWhatToRun(spec: ExecSpec, text: String) {
        #expect(String(buffer: ExecMessages.create(spec)) == text)
    }

    @Test(
        arguments: [
            (#"{"Id":"4bca17"}"#, "4bca17"), (#"{"Warnings":[],"Id":"a"}"#, "a"), (#"{"Id":"a/../b"}"#, nil),
            (#"{"Id":""}"#, nil), (#"{"Id":7}"#, nil), ("{}", nil), ("[]", nil), ("", nil), (#"{"Id":"a"#, nil),
        ] as [(String, String?)]
    )
    func anIDMustFitAPath(body: String, id: String?) {
        #expect(ExecMessages.engineID(ByteBuffer(string: body)) == id)
    }

    @Test(
        arguments: [
            (#"{"ExitCode":0}"#, 0), (#"{"ID":"x","Running":false,"ExitCode":137,"z":{}}"#, 137),
            (#"{"ExitCode":null}"#, nil),
            ("{}", nil), ("x", nil),
        ] as [(String, Int?)]
    )
    func theExitCodeMayBeMissing(body: String, code: Int?) {
        #expect(ExecMessages.exitCode(ByteBuffer(string: body)) == code)
    }
}
