import ArgumentParser
import Base
import NIOCore
import Policy
import Testing

@testable import Lookout

@Suite struct PolicyCommandTests {
    private static let policy: HostPolicy = {
        let text = """
            allow look
            allow containers.restart container=web-*
            allow exec.* container=web-* user=app privileged=no
            allow containers.create image=registry.example/* label=team=a
            """
        return HostPolicy((try? PolicyReader.read(Array(text.utf8))) ?? [], from: .file("/p"))
    }()

    private static func answer(_ arguments: [String], body: String? = nil) throws -> PolicyCheckCommand.Answer {
        try PolicyCheckCommand.parse(arguments).answer(Self.policy, body: body.map { ByteBuffer(string: $0) })
    }

    @Test(arguments: [
        (["GET", "/containers/json"], true, "containers.list is allowed by line 1: allow look\n"),
        (
            ["POST", "/v1.43/containers/web-1/restart"], true,
            "containers.restart is allowed by line 2: allow containers.restart container=web-*\n"
        ),
        (
            ["POST", "/containers/3f2a/restart", "--container", "web-1"], true,
            "containers.restart is allowed by line 2"
        ),
        (
            ["POST", "/containers/db/restart"], false,
            "containers.restart is denied because no rule holds\npolicy of this host denies containers.restart for db; "
                + "to allow it, add `allow containers.restart container=db` to /p\n"
        ),
        (["POST", "/exec/ab/start", "--container", "web-1", "--user", "app"], true, "exec.start is allowed by line 3"),
        (
            ["POST", "/exec/ab/start", "--container", "web-1", "--user", "app", "--privileged"], false,
            "exec.start is denied"
        ),
        (["POST", "/exec/ab/start", "--user", "app"], false, "exec.start is denied because no rule holds"),
        (["PATCH", "/containers/json"], false, "unknown is denied"),
    ])
    func aRequestIsAnswered(arguments: [String], isAllowed: Bool, text: String) throws {
        let answer = try Self.answer(arguments)
        #expect(answer.isAllowed == isAllowed && answer.text.hasPrefix(text), "\(answer.text)")
    }

    @Test func aBodyIsLookedAt() throws {
        let create = ["POST", "/containers/create?name=x"]
        let good = #"{"Image":"registry.example/a:1","Labels":{"team":"a"}}"#
        #expect(try Self.answer(create, body: good).isAllowed)
        #expect(!(try Self.answer(create, body: #"{"Image":"nginx","Labels":{"team":"a"}}"#).isAllowed))
        let exec = ["POST", "/containers/web-1/exec"]
        #expect(try Self.answer(exec, body: #"{"User":"app"}"#).isAllowed)
        #expect(!(try Self.answer(exec, body: #"{"User":"root"}"#).isAllowed))
        #expect(
            try Self.answer(["POST", "/containers/web-1/start"], body: #"{"Binds":["/:/h"]}"#).text.hasPrefix(
                "containers.create"
            )
        )
    }

    /// Podman compares a path with its routes before it decodes it.
    @Test(arguments: [
        (["GET", "/libpod/images/quay.io%2Fa/json"], "images.inspect is allowed"),
        (["GET", "/containers/%6Ason"], "unknown is denied"),
    ])
    func whatARequestMayBeBesidesIsJudgedToo(arguments: [String], words: String) throws {
        #expect(try Self.answer(arguments).text.hasPrefix(words))
    }

    @Test func theAnswerIsJSON() throws {
        let json = try Self.answer(["GET", "/containers/json"]).json
        #expect(json["operation"]?.text == "containers.list" && json["verdict"]?.text == "allowed")
        #expect(json["line"]?.number == 1 && json["rule"]?.text == "allow look" && json["message"] == nil)
        let denied = try Self.answer(["POST", "/images/create?fromImage=a&tag=1"]).json
        #expect(denied["verdict"]?.text == "denied" && denied["line"] == nil && denied["message"]?.text != nil)
    }

    @Test(arguments: [["GET"], ["GET", "containers/json"], ["GET", "/x", "--label", "a"]])
    func aWrongCallIsRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try PolicyCheckCommand.parse(arguments) }
    }

    @Test func aTraceIsReplayed() throws {
        let trace = """
            {"method":"GET","path":"/v1.43/containers/json"}
            {"method":"POST","path":"/containers/x/restart","container":"web-1"}
            {"method":"POST","path":"/containers/x/restart","container":"db"}
            {"operation":"exec.create","container":"db","expect":"denied"}
            """
        let report = try PolicyTestCommand.report(
            Array("allow look\nallow containers.restart container=web-*".utf8),
            "rules",
            Array(trace.utf8),
            "trace"
        )
        #expect(report.surprises == 1)
        #expect(report.text == "line 3: containers.restart is denied, and not allowed\n4 requests, 1 not as expected\n")
        #expect(report.json["results"]?.elements.map { $0["ruleLine"]?.number } == [1, 2, nil, nil])
        #expect(report.json["results"]?.elements.map { $0["expected"]?.bool } == [true, true, false, true])
    }

    @Test(arguments: [
        ("alow look", "{}", "rules: line 1: 'alow'"), ("allow look", "{}", "trace: line 1: names no request"),
    ])
    func whatIsWrongWithAFileIsSaid(rules: String, trace: String, words: String) {
        let failure = #expect(throws: CommandFailure.self) {
            try PolicyTestCommand.report(Array(rules.utf8), "rules", Array(trace.utf8), "trace")
        }
        #expect(failure?.description.hasPrefix(words) == true && failure?.status == 2)
    }

    @Test func settingsThatAreWrongAreSaid() {
        let failure = #expect(throws: CommandFailure.self) {
            try PolicyCommand.settings(["POLICY": "lok", "POLICY_MODE": "learn"])
        }
        #expect(failure?.status == 2 && failure?.description.split(separator: "\n").count == 2)
    }
}
