import DockerBridge
import Foundation
import NIOCore
import Policy
import Support
import Testing

@testable import LocalServer

/// What a policy does not deny it does not change: the same bytes reach the engine, and the same bytes come back.
@Suite(.timeLimit(.minutes(3))) struct PolicyDifferenceTests {
    private static let id = String(repeating: "a", count: 64)

    /// Requests as clients send them: with and without bodies, in chunks, with a version, for one container and for none.
    private static let requests: [(head: String, body: String)] = [
        ("GET /v1.44/containers/json?all=1", ""), ("HEAD /_ping", ""), ("GET /containers/\(id)/json", ""),
        ("POST /containers/\(id)/stop?t=3", ""), ("POST /v1.43/containers/\(id)/start", "{}"),
        ("POST /containers/create?name=web-1", #"{"Image":"nginx:1","Labels":{"team":"a"}}"#),
        ("POST /containers/\(id)/exec", #"{"Cmd":["true"],"User":"app"}"#), ("DELETE /containers/\(id)?force=1", ""),
        ("PUT /containers/\(id)/archive?path=/", "marker"), ("POST /images/create?fromImage=nginx&tag=1", ""),
        ("POST /networks/n/connect", #"{"Container":"\#(id)"}"#), ("GET /what/is/this?a=b", ""),
        ("POST /build?t=a", "marker"),
        ("POST /containers/%77eb-1/kill", ""), ("GET /events?since=0", ""), ("DELETE /images/nginx:1", ""),
    ]

    /// An engine with one container, which answers in pieces, with a status and a field of its own.
    private static func answer(_ request: FakeEngine.Request, _ peer: FakeEnginePeer) {
        if request.method == "GET", request.target.hasSuffix("/json"), request.target.contains("/containers/") {
            let config = #""Config":{"Labels":{"team":"a"},"Image":"nginx:1","User":"app"}"#
            return peer.respond(200, #"{"Id":"\#(self.id)","Name":"/web-1",\#(config)}"#)
        }
        let head = "HTTP/1.1 200 OK\r\nX-Marker: \(request.method)\r\nContent-Type: application/json\r\n"
        guard request.method != "HEAD" else { return peer.write(head + "Content-Length: 7\r\n\r\n") }
        let body = "[\(request.body.utf8.count)]"
        let chunk = "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n"
        peer.write("\(head)Transfer-Encoding: chunked\r\n\r\n\(chunk)0\r\n\r\n")
    }

    private struct Seen: Equatable {
        /// As the engine got them, without questions of the policy's own.
        var asked: [String] = []
        var answers: [String] = []
    }

    private static func seen(_ policy: PolicyKeeper?) async throws -> Seen {
        let seen = Mailbox<Seen>()
        try await ListenerBench.run(policy: policy, answer: { Self.answer($0, $1) }) { bench in
            var result = Seen()
            for (head, body) in Self.requests {
                let fields =
                    "Host: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\nX-Mine: 1\r\nConnection: close\r\n"
                let length =
                    body.isEmpty ? "" : "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                result.answers.append(try await bench.say("\(head) HTTP/1.1\r\n\(fields)\(length)\r\n\(body)"))
                let asked = bench.engine.requests.last
                let line = "\(asked?.method ?? "") \(asked?.target ?? "")"
                result.asked.append(([line] + (asked?.lines ?? []) + [asked?.body ?? ""]).joined(separator: "\n"))
            }
            seen.put(result)
        }
        return try await seen.next()
    }

    private static func keeper(_ rules: String, mode: PolicyMode = .enforce) throws -> PolicyKeeper {
        let policy = HostPolicy(try PolicyReader.read(Array(rules.utf8)), from: .file("/p"))
        return PolicyKeeper(policy, mode: mode, host: "h")
    }

    private static func rid(_ answer: String) -> String {
        answer.split(separator: "\r\n", omittingEmptySubsequences: false).filter { !$0.lowercased().hasPrefix("date:") }
            .joined(separator: "\r\n")
    }

    @Test(arguments: [
        "allow all", "deny containers.prune\nallow all", "deny all container=db\nallow all",
        "allow all container=web-*\nallow all image=nginx:*\nallow all", "deny all identity=ops\nallow all",
    ])
    func whatIsAllowedIsTheSame(rules: String) async throws {
        var without = try await Self.seen(nil)
        var with = try await Self.seen(try Self.keeper(rules))
        // The engine is told the id of the container that was judged.
        without.asked = without.asked.map { $0.replacing("%77eb-1", with: Self.id) }
        with.asked = with.asked.map { $0.replacing("%77eb-1", with: Self.id) }
        without.answers = without.answers.map(Self.rid)
        with.answers = with.answers.map(Self.rid)
        for index in Self.requests.indices where Self.isAllowed(Self.requests[index].head, rules) {
            #expect(with.asked[index] == without.asked[index])
            #expect(with.answers[index] == without.answers[index])
        }
    }

    /// What is not known may concern the container that a rule denies.
    private static func isAllowed(_ head: String, _ rules: String) -> Bool {
        !(rules.contains("container=db") && (head.contains("/what/") || head.contains("/prune")))
    }

    @Test func learningChangesNothing() async throws {
        var without = try await Self.seen(nil)
        let with = try await Self.seen(try Self.keeper("deny all", mode: .learn))
        without.asked = without.asked.map { $0.replacing("%77eb-1", with: Self.id) }
        #expect(with.asked.map { $0.replacing("%77eb-1", with: Self.id) } == without.asked)
        #expect(with.answers.map(Self.rid) == without.answers.map(Self.rid))
    }

    /// A warning is a field of the answer, and nothing else.
    @Test func warningAddsOneField() async throws {
        let without = try await Self.seen(nil)
        let with = try await Self.seen(try Self.keeper("allow system.ping", mode: .warn))
        #expect(with.asked == without.asked)
        for (index, answer) in with.answers.enumerated() {
            let lines = answer.components(separatedBy: "\r\n")
            let warnings = lines.filter { $0.lowercased().hasPrefix("warning: 299 lookout") }
            #expect(warnings.count == (Self.requests[index].head == "HEAD /_ping" ? 0 : 1), "\(answer)")
            let rest = lines.filter { !$0.lowercased().hasPrefix("warning:") }.joined(separator: "\r\n")
            #expect(Self.rid(rest) == Self.rid(without.answers[index]))
        }
    }
}
