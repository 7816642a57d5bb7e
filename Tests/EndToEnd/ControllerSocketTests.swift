import Foundation
import Testing

extension EndToEnd {
    /// What the reference controller's own socket makes of commands and of odd clients.
    @Suite struct ControllerSocketTests {
        @Test func liveStatisticsHaveFigures() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let stats = try tunnel.docker.start("stats", "--format", "<{{.Name}} {{.MemUsage}} {{.PIDs}}>", name)
                let figures = try Regex("<\(name) \\d[\\d.]*[KM]iB / \\d[\\d.]*[KMGT]iB \\d+>")
                try await eventually("figures, again and again", details: { stats.output }) {
                    stats.output.ranges(of: figures).count > 4 ? () : nil
                }
            }
        }

        @Test func statisticsOfAMissingContainerAreTheEnginesRefusal() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let target = "/containers/no-such-container/stats?stream=1"
                let expected = try await APIConnection.get(target, from: Engine.shared.socket)
                let answer = try await APIConnection.get(target, from: tunnel.socket)
                #expect(answer.status == 404)
                #expect(answer.status == expected.status)
                #expect(answer.body + Data("\n".utf8) == expected.body)
            }
        }

        @Test func aRunInTheForegroundIsRefusedBeforeAContainerIsMade() async throws {
            try await Workbench.use { bench in
                let name = Workbench.unusedName
                bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                let tunnel = try await bench.openTunnel()
                let run = try await tunnel.docker("run", "--name", name, "--network", "none", Engine.image, "true")
                #expect(run.status == 125)
                #expect(run.errors.contains("use docker run --detach"))
                #expect(try await bench.direct("inspect", name).status == 1)
            }
        }

        private static func create(_ bench: Workbench, agent: String, _ member: String) async throws -> APIAnswer {
            let name = Workbench.unusedName
            bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
            return try await APIConnection.post(
                "/containers/create?name=\(name)",
                #"{"Image":"\#(Engine.image)","Cmd":["true"],"\#(member)":true}"#,
                fields: "User-Agent: \(agent)\r\n",
                to: try await bench.openTunnel().socket
            )
        }

        /// They ask for the output and do not attach.
        @Test(arguments: ["compose/v2.39.1", "Docker-Client/unknown-version (linux)", "docker-sdk-python/7.1.0"])
        func aCreationOfOtherClientsIsTaken(agent: String) async throws {
            try await Workbench.use { bench in
                let answer = try await Self.create(bench, agent: agent, "AttachStdout")
                #expect(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
            }
        }

        @Test(arguments: [
            ("Docker-Client/27.5.1 (linux)", "AttachStderr"), ("Docker-Client/20.10.24+dfsg1 (linux)", "AttachStdout"),
            ("docker-sdk-python/7.1.0", "AttachStdin"),
        ])
        func aCreationThatMayBeFollowedByAnAttachIsRefused(agent: String, member: String) async throws {
            try await Workbench.use { bench in
                let answer = try await Self.create(bench, agent: agent, member)
                #expect(answer.status == 501)
                #expect(String(decoding: answer.body, as: UTF8.self).contains("use docker run --detach"))
            }
        }

        @Test func aWaitForAMissingContainerIsTheEnginesRefusal() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let expected = try await bench.direct("wait", "no-such-container")
                let outcome = try await tunnel.docker("wait", "no-such-container")
                #expect(outcome.status == expected.status)
                #expect(outcome.errors == expected.errors)
            }
        }

        @Test func anUpgradeThatIsOnlyOfferedIsIgnored() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let connection = try APIConnection(tunnel.socket)
                try connection.say(
                    "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                        + "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n\r\n"
                )
                let answer = try await connection.answer()
                #expect(answer.status == 200)
                #expect(answer.body == Data("OK".utf8))
            }
        }

        @Test func requestsInOnePieceAreAnsweredInTheirOrder() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let connection = try APIConnection(tunnel.socket)
                let exec = "POST /containers/x/exec HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
                let ping = "GET /_ping HTTP/1.1\r\nHost: a\r\n"
                try connection.say(
                    "\(ping)\r\nGET /no/such/path HTTP/1.1\r\nHost: a\r\n\r\n\(exec)\(ping)Connection: close\r\n\r\n"
                )
                let all = try await connection.everything()
                let statuses = all.matches(of: #/HTTP\/1\.1 (\d+) /#).map { String($0.output.1) }
                #expect(statuses == ["200", "404", "400", "200"], "\(all)")
                #expect(all.hasSuffix("\r\n\r\nOK"))
            }
        }

        @Test func aClientThatWaitsWithItsBodyIsToldToSendItOrThatItIsTooLong() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let body = #"{"Cmd":["true"]}"#
                let head =
                    "POST /containers/x/exec HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n"
                let connection = try APIConnection(tunnel.socket)
                try connection.say("\(head)Content-Length: \(body.utf8.count)\r\n\r\n")
                #expect(try await connection.text(with: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try connection.say(body)
                #expect(try await connection.everything().contains("HTTP/1.1 201 "))
                let long = try APIConnection(tunnel.socket)
                try long.say("\(head)Content-Length: 99999999\r\n\r\n")
                #expect(try await long.everything().hasPrefix("HTTP/1.1 413 "))
            }
        }

        @Test(arguments: [
            "/v1.99/version", "/v1.11/containers/json", "//version", "/v1.41//containers/json?all=1",
        ])
        func aVersionThatTheEngineHasNotAndAnEmptySegmentAreAnsweredAsByTheEngine(target: String) async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let expected = try await APIConnection.get(target, from: Engine.shared.socket)
                let answer = try await APIConnection.get(target, from: tunnel.socket)
                #expect(answer.status == expected.status)
                #expect(answer.status >= 300)
                #expect(answer.headers["location"] == expected.headers["location"])
                // JSON comes without the line's end behind it.
                #expect(Self.trimmed(answer.body) == Self.trimmed(expected.body))
            }
        }

        private static func trimmed(_ body: Data) -> String {
            String(decoding: body, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
    }
}
