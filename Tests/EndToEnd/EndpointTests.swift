import Foundation
import Testing

extension EndToEnd {
    /// The agent's own routes in standard mode, before the real engine.
    @Suite struct EndpointTests {
        private static func open(on bench: Workbench, _ settings: [String: String] = [:]) async throws -> Curl {
            Curl(bench: bench, socket: try await bench.startStandard(settings).socket)
        }

        @Test func aDrydockFollowsListsAndRemoves() async throws {
            try await Workbench.use { bench in
                let curl = try await Self.open(on: bench)
                let events = try curl.follow("/api/events")
                try await events.line(after: #"data: {"type":"dd:ack""#)
                try await events.line(after: #"data: {"type":"dd:watcher-snapshot""#)
                let name = try await bench.sleeper()
                try await eventually("it is told of") {
                    events.output.split(separator: "\n").contains {
                        $0.hasPrefix(#"data: {"type":"dd:container-"#) && $0.contains(#""name":"\#(name)""#)
                    } ? () : nil
                }
                let list = try await curl("/api/containers")
                #expect(list.status == 200)
                #expect(list.body.contains(#""name":"\#(name)","displayName":"\#(name)","status":"running""#))
                #expect(try await curl("/api/containers/\(name)", "--request", "DELETE").status == 204)
                #expect(try await curl("/api/containers/\(name)", "--request", "DELETE").status == 404)
                try await events.line(after: #"data: {"type":"dd:container-removed""#)
                #expect(try await curl("/api/watchers/DOCKER/Docker").status == 200)
                #expect(try await curl("/api/watchers/docker/other").body == "watcher docker/other not found\n")
                #expect(try await curl("/api/triggers").body == "[]")
                #expect(try await curl("/api/triggers/a/b", "--data", "{}").status == 501)
            }
        }

        @Test func dangerousContainersAreKeptCurrent() async throws {
            try await Workbench.use { bench in
                let curl = try await Self.open(on: bench)
                let name = try await Setting("--user 1000 --pid host").container(on: bench)
                func isTold(_ expected: Bool) async throws {
                    try await eventually("the finding is \(expected ? "there" : "gone")") {
                        let answer = try await curl("/api/v1/findings")
                        let finding = #""severity":"high","rule":"host-pid-namespace","container":"\#(name)""#
                        return answer.status == 200 && answer.body.contains(finding) == expected ? () : nil
                    }
                }
                try await isTold(true)
                #expect(try await curl.tool("audit_containers").contains(#"\"container\":\"\#(name)\""#))
                let metrics = try await curl("/_lookout/metrics").body
                let high = metrics.split(separator: "\n").first {
                    $0.hasPrefix(#"lookout_audit_findings{severity="high"}"#)
                }
                #expect((high?.split(separator: " ").last.flatMap { Int($0) } ?? 0) >= 1)
                _ = try await bench.direct("rm", "--force", name)
                try await isTold(false)
            }
        }

        @Test func logsComeAsTextWithAndWithoutATerminal() async throws {
            try await Workbench.use { bench in
                let curl = try await Self.open(on: bench)
                let plain = try await bench.container("sh", "-c", "echo one; echo two >&2; tail -f /dev/null")
                let tty = "\(plain)-tty"
                bench.atEnd { _ = try? await bench.direct("rm", "--force", tty) }
                let made = try await bench.direct(
                    "run",
                    "--detach",
                    "--tty",
                    "--name",
                    tty,
                    "--network",
                    "none",
                    Engine.image,
                    "echo",
                    "three"
                )
                #expect(made.status == 0)
                let log = try await curl("/api/containers/\(plain)/logs")
                #expect(log.status == 200)
                #expect(Set(log.body.split(separator: "\n")) == ["one", "two"])
                #expect(try await curl("/api/containers/\(tty)/logs").body == "three\r\n")
                #expect(try await curl("/api/containers/\(plain)/logs?tail=1").body.split(separator: "\n").count == 1)
                let stamped = try await curl("/api/containers/\(plain)/logs?timestamps=true&tail=1")
                #expect(stamped.body.hasPrefix("20"))
                for tail in ["0", "-3", "all"] {
                    let refused = try await curl("/api/containers/\(plain)/logs?tail=\(tail)")
                    #expect(refused.status == 400)
                    #expect(refused.body == "invalid tail: must be a positive integer\n")
                }
                #expect(try await curl("/api/containers/no-such-one/logs").status == 404)
                let follower = try curl.follow("/api/containers/\(plain)/logs?follow=1")
                try await follower.line(after: "one")
                #expect(try await bench.direct("rm", "--force", plain).status == 0)
                #expect(try await follower.exit() == 0)
            }
        }

        @Test func theGenericAdapterTellsOfContainersOnly() async throws {
            try await Workbench.use { bench in
                let curl = try await Self.open(on: bench, ["ADAPTER": "generic"])
                let events = try curl.follow("/api/v1/events")
                let name = try await bench.sleeper()
                try await eventually("its start is told") {
                    events.output.contains(#""action":"start""#) && events.output.contains(#""name":"\#(name)""#)
                        ? () : nil
                }
                let volume = "\(name)-volume"
                #expect(try await bench.direct("volume", "create", volume).status == 0)
                #expect(try await bench.direct("volume", "rm", volume).status == 0)
                #expect(try await bench.direct("kill", name).status == 0)
                try await events.line(after: #""action":"die""#)
                #expect(!events.output.contains(volume))
                let versions = try await curl("/api/v1/version")
                #expect(
                    versions.body.contains(#""protocolName":"lookout","protocolVersion":"1.0","adapter":"generic""#)
                )
                let list = try await curl("/api/v1/containers").body
                #expect(list.contains(#""name":"\#(name)""#) && list.contains(#""command":"tail -f /dev/null""#))
                // The other adapter's routes are the engine's now, and that knows none of them.
                #expect(try await curl("/api/containers").status == 404)
            }
        }

        @Test func metricsHoldContainersAndStayWithoutTheEngine() async throws {
            try await Workbench.use { bench in
                let engine = try await PrivateEngine.start(in: bench.file("scraped"), on: bench)
                let curl = try await Self.open(on: bench, ["DOCKER_SOCKET": engine.engine.socket])
                let page = try await eventually("the containers are measured") {
                    let page = try await curl("/metrics").body
                    return page.contains(#"lookout_containers{state="running"} 3"#) ? page : nil
                }
                #expect(page.contains(#",name="demo-logger",image="busybox"}"#))
                #expect(page.contains("# TYPE container_memory_usage_bytes gauge\n"))
                try await bench.check(metrics: page)
                try await engine.stop()
                let without = try await curl("/_lookout/metrics")
                #expect(without.status == 200)
                #expect(!without.body.contains("container_memory_usage_bytes"))
                #expect(without.body.contains(#"{route="/metrics",method="GET",code="200"}"#))
                #expect(try await curl("/_lookout/health").status == 503)
            }
        }

        @Test func edgeModeIsMeasuredToo() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                #expect(try await tunnel.docker("ps").status == 0)
                let page = try await Curl(bench: bench, socket: bench.operationsSocket)("/metrics").body
                try await bench.check(metrics: page)
                #expect(page.contains("lookout_edge_controller_connected 1\n"))
                #expect(page.contains(#"lookout_edge_sent_bytes_total{lane="interactive"} "#))
                #expect(page.contains(#"lookout_edge_phase_seconds{phase="welcome"} "#))
            }
        }

        /// Whatever is asked, values of environment variables stay where they are.
        @Test func noAnswerHoldsASecret() async throws {
            try await Workbench.use { bench in
                let name = "lookout-e2e-secret-\(UUID().uuidString.prefix(8).lowercased())"
                bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                let made = try await bench.direct(
                    "run",
                    "--detach",
                    "--name",
                    name,
                    "--network",
                    "none",
                    "--env",
                    "DB_PASSWORD=hush-value",
                    "--label",
                    "api.token=hush-label",
                    Engine.image,
                    "sh",
                    "-c",
                    "echo up; tail -f /dev/null"
                )
                #expect(made.status == 0)
                let curl = try await Self.open(on: bench)
                let events = try curl.follow("/api/events")
                try await events.line(after: #"data: {"type":"dd:watcher-snapshot""#)
                var answers = [events.output]
                let id = #"{"id":"\#(name)"}"#
                for tool in ["inspect_container", "container_logs", "container_stats"] {
                    answers.append(try await curl.tool(tool, id))
                }
                answers.append(try await curl.tool("list_containers"))
                #expect(answers.dropFirst().allSatisfy { $0.contains(#""isError":false"#) })
                #expect(answers.last?.contains("hush-label") == false)
                for path in ["/api/containers", "/metrics", "/_lookout/audit", "/_lookout/info"] {
                    answers.append(try await curl(path).body)
                }
                #expect(answers.allSatisfy { !$0.contains("hush-value") })
            }
        }

        @Test func theAuditTrailIsExportedAndAKeyEnrolledOnce() async throws {
            try await Workbench.use { bench in
                let keys = bench.file("authorized_keys")
                #expect(
                    FileManager.default.createFile(
                        atPath: keys,
                        contents: Data(),
                        attributes: [.posixPermissions: 0o600]
                    )
                )
                let settings = [
                    "AUTHORIZED_KEYS": keys, "ENROLLMENT_TOKEN": "a-secret-of-some-length", "TOKEN": "a-token",
                ]
                let curl = try await Self.open(on: bench, settings)
                let token = "Authorization: Bearer a-token"
                // The public key of RFC 8032's first test: any 32 bytes would not do, they must be a point.
                let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
                let body = #"{"enrollment_token":"a-secret-of-some-length","public_key":"\#(key)"}"#
                let first = try await curl("/api/lookout/enroll", "--data", body)
                #expect(first.status == 200)
                #expect(first.body.contains(#""comment":"enrolled:"#))
                #expect(try await curl("/api/lookout/enroll", "--data", body).body == "enrollment token already used\n")
                #expect(try String(contentsOfFile: keys, encoding: .utf8).hasPrefix("ed25519 \(key) enrolled:"))
                let records = try await curl("/_lookout/audit/export?cursor=0", "--header", token).body
                #expect(records.split(separator: "\n").count == 2)
                #expect(records.contains(#""event":"enrollment""#) && records.contains(#""outcome":"denied""#))
            }
        }
    }
}

extension Workbench {
    /// As strictly as Prometheus' own tool reads it.
    func check(metrics: String) async throws {
        let file = self.file("metrics.txt")
        try metrics.write(toFile: file, atomically: true, encoding: .utf8)
        let outcome = try await self.run("/bin/sh", ["-c", "promtool check metrics <'\(file)'"])
        #expect(
            outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty,
            "\(outcome.output)\(outcome.errors)"
        )
    }
}
