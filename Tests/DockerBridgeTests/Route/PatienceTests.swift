import CAllocations
import Policy
import Testing

@testable import DockerBridge

/// How long each request may be waited for. What the paths of the table are given is in `EngineRouteTests`.
@Suite struct PatienceTests {
    /// A newer engine may have them.
    @Test(arguments: [
        ("/new/x/wait", Patience.exit), ("/new/x/logs", .endless), ("/v1.99/new/events", .endless),
        ("/new/load", .work), ("/libpod/system/prune", .work), ("/new/x/logs?follow=1", .endless),
        ("/new/%6cogs", .endless), ("/libpod/pods/p/stop", .work), ("/new/df", .work), ("/new/x", .prompt),
        ("/new/attach", .prompt), ("/new?a=/logs", .prompt), ("/logsx", .prompt),
        ("/libpod/containers/web/checkpoint", .work), ("/libpod/artifacts/pull", .work),
        ("/libpod/volumes/v/import", .work), ("/libpod/manifests/m/registry/h:5000/a/b", .work),
        ("/manifests/m/registry/a", .prompt),
    ])
    func anUnknownRequestIsAsPatientAsItsLastWordSays(target: String, patience: Patience) {
        let route = EngineRoute(method: "POST", target: target)
        #expect(route.operation == .unknown)
        #expect(route.patience == patience)
    }

    @Test func anUnknownDeleteMayRemoveMuch() {
        #expect(EngineRoute(method: "DELETE", target: "/new/x").patience == .work)
    }

    /// A value that engines refuse counts as none: they do so at once.
    @Test(arguments: [
        ("", Patience.stop(seconds: nil)), ("?t=", .stop(seconds: nil)), ("?t", .stop(seconds: nil)),
        ("?t=0", .stop(seconds: 0)), ("?t=60", .stop(seconds: 60)), ("?t=+7", .stop(seconds: 7)),
        ("?signal=INT&t=60", .stop(seconds: 60)), ("?%74=60", .stop(seconds: 60)), ("?t=1&t=2", .stop(seconds: 1)),
        ("?t=060", .stop(seconds: 60)), ("?T=60", .stop(seconds: nil)), ("?timeout=60", .stop(seconds: nil)),
        ("?t=-1", .exit), ("?t=-0", .stop(seconds: 0)), ("?t=1000000000", .stop(seconds: 1_000_000_000)),
        ("?t=1000000001", .exit), ("?t=99999999999999999999999", .exit), ("?t=6x", .stop(seconds: nil)),
        ("?t=x", .stop(seconds: nil)),
        ("?t=%36%30", .stop(seconds: 60)), ("?t=%2D1", .exit), ("?t=6%", .stop(seconds: nil)),
        ("?t=%zz", .stop(seconds: nil)), ("?t=-", .stop(seconds: nil)), ("?t=1.5", .stop(seconds: nil)),
    ])
    func aStopIsAsPatientAsItsQuerySays(query: String, patience: Patience) {
        for word in ["stop", "restart"] {
            #expect(EngineRoute(method: "POST", target: "/v1.44/containers/web/\(word)\(query)").patience == patience)
        }
        #expect(EngineRoute(method: "POST", target: "/containers/web/kill\(query)").patience == .stop(seconds: 10))
    }

    @Test(arguments: [("?timeout=60", 60), ("?t=5", 5), ("?t=5&timeout=60", 60)])
    func podmanHasAnotherNameForTheSeconds(query: String, seconds: Int) {
        let route = EngineRoute(method: "POST", target: "/v5.0.0/libpod/containers/web/stop\(query)")
        #expect(route.patience == .stop(seconds: seconds))
    }

    @Test func theSecondsOfAStopAreReadWithoutAnAllocation() {
        let read = { withExtendedLifetime(EngineRoute(method: "POST", target: "/containers/web/stop?a=b&t=60")) {} }
        for _ in 0..<16 { read() }
        let before = allocations_of_this_thread()
        for _ in 0..<64 { read() }
        #expect(allocations_of_this_thread() - before < 64)
    }
}
