import Foundation
import Testing

extension EndToEnd {
    @Suite struct LogTests {
        /// Lines that tell a lost, doubled or swapped chunk from a good one, cut to one MiB.
        private static let mebibyte = Data((1...200_000).map { "\($0)\n" }.joined().utf8.prefix(1 << 20))

        @Test func aMebibyteIsFollowedToTheByte() async throws {
            try await Workbench.use { bench in
                // Held back until the follower is there, so that the bytes come live.
                let name = try await bench.container(
                    "sh",
                    "-c",
                    "echo ready; until [ -e /tmp/go ]; do sleep 0.1; done; seq 1 200000 | head -c 1048576"
                )
                let tunnel = try await bench.openTunnel()
                let follower = try tunnel.docker.start("logs", "--follow", name)
                try await follower.line(after: "ready")
                #expect(try await bench.direct("exec", name, "touch", "/tmp/go").status == 0)
                #expect(try await follower.exit() == 0)
                let bytes = follower.outputBytes
                #expect(bytes.count == Self.mebibyte.count + 6)
                // Compared first: to show where a MiB differs would take the test library minutes.
                let isEqual = bytes == Data("ready\n".utf8) + Self.mebibyte
                #expect(isEqual)
                #expect(follower.errors == "")
            }
        }

        @Test func theFramesOfBothStreamsArriveAsTheEngineSentThem() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "echo out; echo err >&2; echo done")
                #expect(try await bench.direct("wait", name).status == 0)
                let tunnel = try await bench.openTunnel()
                let target = "/containers/\(name)/logs?stdout=1&stderr=1&timestamps=1"
                let expected = try await APIConnection.get(target, from: Engine.shared.socket)
                let answer = try await APIConnection.get(target, from: tunnel.socket)
                #expect(answer.status == 200)
                #expect(answer.body == expected.body)
                #expect(!answer.body.isEmpty)
            }
        }

        @Test func aTailIsTheLastLinesWithTheirStreamsApart() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "seq 1 9; sleep 0.1; echo bad >&2")
                #expect(try await bench.direct("wait", name).status == 0)
                let tunnel = try await bench.openTunnel()
                let tail = try await tunnel.docker("logs", "--tail", "3", name)
                #expect(tail.status == 0)
                #expect(tail.output == "8\n9\n")
                #expect(tail.errors == "bad\n")
            }
        }
    }
}
