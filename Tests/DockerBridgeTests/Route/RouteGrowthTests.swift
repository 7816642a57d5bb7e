import CAllocations
import CSteps
import Testing

@testable import DockerBridge

/// Finding a route, and what admission is asked about, takes work in proportion to the target: a client is read before it has shown a credential, and a controller's
/// path is as long as a message.
@Suite struct RouteGrowthTests {
    /// A linear loop takes 8 times the steps for 8 times the bytes, a loop in a loop up to 64 times.
    @Test(arguments: [
        ("/images/create?", "&"), ("/images/create?", ";"), ("/images/create?", "a=b&"), ("/images/create?", "%61&"),
        ("/containers/web/stop?", "&"), ("/containers/web/stop?", "%61;"),
        ("/libpod/containers/web/restore?", "&"), ("/libpod/containers/web/restore?", ";"),
        ("/libpod/containers/web/restore?", "%69mport=0;"), ("/containers/create?", "&"),
        ("/containers/create?", "%61&"), ("/libpod/images/remove?", "%66orce=0&"), ("/libpod/images/scp/", "%2f"),
        ("/images/create?", "="), ("/", "/"), ("/", "a/"), ("/containers/", "./"), ("/containers/", "%2f"),
        ("/containers/", "exec/"), ("/v", "1"), ("/containers/web/checkpoints", "/a"),
    ])
    func theWorkIsLinear(start: String, repeated: String) {
        for method in ["POST", "DELETE"] {
            let few = Self.steps(method, start + String(repeating: repeated, count: 4096))
            let many = Self.steps(method, start + String(repeating: repeated, count: 8 * 4096))
            #expect(many < 10 * few + 4096, "\(method): \(few) steps, then \(many)")
        }
    }

    private static func steps(_ method: String, _ target: String) -> UInt {
        let before = steps_of_this_thread() + allocations_of_this_thread()
        _ = ContainerCreation(EngineRoute(method: method, target: target), target: target)
        return steps_of_this_thread() + allocations_of_this_thread() - before
    }
}
