import CAllocations
import CSteps
import NIOCore
import Testing

@testable import DockerBridge

/// Reading what a request says of itself takes work in proportion to its length: a controller's path and body are as long as a
/// message.
@Suite struct ClaimsGrowthTests {
    /// A linear loop takes 8 times the steps for 8 times the bytes, a loop in a loop up to 64 times.
    @Test(arguments: [
        ("/images/create?", "&"), ("/images/create?", ";"), ("/images/create?", "a=b&"), ("/images/create?", "%61&"),
        ("/images/create?", "fromImage=a&"), ("/images/create?fromImage=", "+"),
        ("/images/create?fromImage=a&tag=", "%61"),
        ("/containers/web/rename?", "name=a&"), ("/containers/web/rename?name=", "a"), ("/commit?", "="),
        ("/containers/create?", "name&"), ("/containers/", "a"), ("/images/", "a/"), ("/images/", ":"),
        ("/images/", "@"),
    ])
    func aTargetIsReadInLinearTime(start: String, repeated: String) {
        let end = start.hasPrefix("/images/create") || start.contains("?") ? "" : "/tag?repo=a"
        let few = Self.steps(start + String(repeating: repeated, count: 4096) + end, body: nil)
        let many = Self.steps(start + String(repeating: repeated, count: 8 * 4096) + end, body: nil)
        #expect(many < 10 * few + 4096, "\(few) steps, then \(many)")
    }

    @Test(arguments: [
        (#"{"Image":"a","Labels":{"#, #""a":"b","#, #""c":"d"}}"#),
        (#"{"Labels":{},"#, #""a":[[{}]],"#, #""Image":"b"}"#),
        (#"{"Image":""#, "a", #""}"#), (#"{"Image":""#, #"\u0061"#, #""}"#), ("{", #""Image":"a","#, #""Image":"b"}"#),
        ("[", "[", ""),
    ])
    func aBodyIsReadInLinearTime(start: String, repeated: String, end: String) {
        let few = Self.steps("/containers/create", body: start + String(repeating: repeated, count: 4096) + end)
        let many = Self.steps("/containers/create", body: start + String(repeating: repeated, count: 8 * 4096) + end)
        #expect(many < 10 * few + 4096, "\(few) steps, then \(many)")
    }

    private static func steps(_ target: String, body: String?) -> UInt {
        let route = EngineRoute(method: "POST", target: target)
        let body = body.map { ByteBuffer(string: $0) }
        let before = steps_of_this_thread() + allocations_of_this_thread()
        _ = RequestClaims(route, target: target, body: body, identity: nil)
        _ = ClaimedQuery.target(target, naming: "a", in: "container")
        return steps_of_this_thread() + allocations_of_this_thread() - before
    }
}
