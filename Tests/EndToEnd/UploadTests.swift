import Foundation
import Testing

extension EndToEnd {
    /// Bodies that are not JSON, through a controller and an agent that know frames for them: beside the same call at the
    /// engine's own socket.
    @Suite struct UploadTests {
        private static let options = ["--capabilities", "edge-request-body-stream,edge-response-body-b64"]

        @Test(arguments: [
            "docker save busybox | docker load",
            "printf 'FROM busybox\\nRUN echo built\\n' | DOCKER_BUILDKIT=0 docker build --quiet --no-cache - | wc -c",
            "docker save busybox | head -c 1000000 | docker load 2>&1 | sed 's/.*\\(unexpected EOF\\).*/\\1/'",
            "head -c 100000 /dev/zero | tr '\\0' x | docker load 2>&1 | grep -c .",
        ])
        func aCallSaysWhatItSaysAtTheEngine(_ call: String) async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel(options: Self.options)
                let expected = try await bench.shell(call, engine: Engine.shared.socket)
                let answer = try await bench.shell(call, engine: tunnel.socket)
                #expect(answer.output == expected.output)
                #expect(!answer.output.isEmpty)
            }
        }

        @Test func aLargeFileArrivesToTheByteAndTakesNoRoomOnTheWay() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel(options: Self.options)
                _ = try await bench.shell("docker version && docker exec \(name) true", engine: tunnel.socket)
                let idle = try tunnel.agent.peakMemory()
                let file = bench.file("large")
                let sum = try await bench.shell("head -c 64M /dev/urandom >\(file) && md5sum <\(file)", engine: "")
                let up = "docker cp \(file) \(name):/large"
                let sent = try await bench.shell(up, engine: tunnel.socket)
                try #require(sent.status == 0, "\(sent.errors)")
                let arrived = "docker exec \(name) md5sum /large | sed 's/ .*/  -/'"
                #expect(try await bench.shell(arrived, engine: tunnel.socket).output == sum.output)
                // Two frames' worth of the queue, the connections' buffers, and what the allocator keeps.
                #expect(try tunnel.agent.peakMemory() - idle < 32 * 1024)
            }
        }

        @Test func anAnswerBeforeTheEndOfTheBodyIsTheEnginesOwn() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel(options: Self.options)
                let call =
                    "head -c 20M /dev/zero | curl --silent --max-time 60 --unix-socket $SOCKET --request PUT "
                    + "--header 'Content-Type: application/x-tar' --header 'Expect:' --upload-file - "
                    + "--write-out '%{http_code}' 'http://docker/containers/no-such-container/archive?path=/'; true"
                let expected = try await bench.shell("SOCKET=\(Engine.shared.socket); \(call)", engine: "")
                let answer = try await bench.shell("SOCKET=\(tunnel.socket); \(call)", engine: "")
                #expect(answer.output.contains("No such container: no-such-container"))
                #expect(answer.output.hasSuffix("404"))
                #expect(expected.output.contains("No such container: no-such-container"))
                #expect(try await APIConnection.get("/_ping", from: tunnel.socket).status == 200)
            }
        }

        @Test func anOlderControllerSaysThatItHasNoFramesForIt() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let refused = try await bench.shell("echo x | docker load 2>&1", engine: tunnel.socket)
                #expect(refused.output.contains("the tunnel carries only JSON bodies"))
            }
        }
    }
}
