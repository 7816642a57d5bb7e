import Testing

@testable import Policy

@Suite struct PolicyTraceTests {
    private static let text = """
        {"method":"GET","path":"/containers/json"}

        {"operation":"containers.restart","container":"web-1","image":"nginx:1","labels":{"team":"a"}}
        {"operation":"exec.create","container":"db","user":"root","privileged":true,"identity":"ops","expect":"denied"}
        {"operation":"containers.stop","container":"db","count":3,"last":"2026-11-30T10:00:00Z"}
        {"operation":"containers.rename","container":"db","newName":"web-9","expect":"denied"}
        """

    private static func operation(_ method: String, _ path: String) -> Operation {
        method == "GET" && path == "/containers/json" ? .containersList : .unknown
    }

    @Test func aTraceIsReplayed() throws {
        let policy = try HostPolicyTests.policy("allow operate label=team=a\nallow look\nallow exec container=web-*")
        let results = try PolicyTrace(Array(Self.text.utf8)).replay(policy, operation: Self.operation)
        #expect(results.map(\.line.number) == [1, 3, 4, 5, 6])
        #expect(
            results.map(\.operation)
                == [.containersList, .containersRestart, .execCreate, .containersStop, .containersRename]
        )
        #expect(
            results.map(\.decision) == [
                .allowed(rule: 1), .allowed(rule: 0), .denied(.nothingMatches), .denied(.nothingMatches),
                .denied(.nothingMatches),
            ]
        )
        #expect(results.map(\.isExpected) == [true, true, true, false, true])
    }

    @Test func aLineHoldsFacts() throws {
        let lines = try PolicyTrace(Array(Self.text.utf8)).lines
        #expect(lines[0].facts == HostPolicyTests.facts(identity: nil))
        #expect(
            lines[1].facts.container
                == .known(.init(name: "web-1", labels: ["team": "a"], image: ImageName("nginx:1")))
        )
        #expect(lines[2].facts.exec == .known(.init(user: "root", isPrivileged: true)))
        #expect(lines[2].facts.identity == "ops" && !lines[2].expectsAllowed)
        #expect(lines[4].facts.newName == "web-9")
    }

    @Test func whatWasSeenIsATrace() throws {
        var seen = SeenRequests()
        seen.add(.containersStop, HostPolicyTests.facts("web-1", image: "nginx"), at: SeenRequestsTests.time(0))
        let trace = try PolicyTrace(Array(SeenFile.text(seen).utf8))
        let policy = try HostPolicyTests.policy(
            "allow containers.stop container=web-* image=nginx:* identity=controller"
        )
        #expect(trace.replay(policy, operation: Self.operation).map(\.isExpected) == [true])
    }

    @Test(arguments: [
        ("[]", "line 1: is an array; write one JSON object a line"), ("{", "is not JSON"),
        ("{}", "names no request; write method and path, or operation"), (#"{"method":"GET"}"#, "names no request"),
        (#"{"operation":"x"}"#, "names the operation 'x', which does not exist"),
        (#"{"operation":7}"#, "has a member operation that is a number"),
        (#"{"operation":"system.ping","expects":"denied"}"#, "has the member 'expects', which is none of operation"),
        (#"{"operation":"system.ping","expect":"no"}"#, "expects 'no'; write allowed or denied"),
        (#"{"operation":"system.ping","labels":[]}"#, "has labels that are an array"),
        (#"{"operation":"system.ping","labels":{"a":1}}"#, "has the label 'a' that is not a string"),
        (#"{"operation":"system.ping","privileged":"no"}"#, "has a member privileged that is a string"),
        (#"{"operation":"system.ping","container":"\#(String(repeating: "a", count: 70_000))"}"#, "has 70"),
    ])
    func whatIsWrongIsSaid(text: String, words: String) {
        let faults = #expect(throws: PolicyFaults.self) { try PolicyTrace(Array(text.utf8)) }
        #expect(faults?.description.contains(words) == true, "\(faults?.description.prefix(200) ?? "")")
    }

    @Test func allFaultsOfATraceAreGathered() {
        let faults = #expect(throws: PolicyFaults.self) { try PolicyTrace(Array("{}\n[]\n{}".utf8)) }
        #expect(faults?.faults.map(\.line) == [1, 2, 3])
    }
}
