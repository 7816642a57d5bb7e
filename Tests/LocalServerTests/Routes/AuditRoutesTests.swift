import Auth
import Base
import Foundation
import Support
import Testing
import Trail

@testable import LocalServer

@Suite struct AuditRoutesTests {
    private static func withRecords(
        _ count: Int,
        capacity: Int = 3,
        _ body: @escaping @Sendable (ListenerBench) async throws -> Void
    ) async throws {
        let trail = try AuditTrail(nil, ringCapacity: capacity) { Issue.record("\($0)") }
        for number in 0..<count {
            trail.record(.enrollment(at: UnixTime(seconds: 0), actor: "a", keyID: "k\(number + 1)", outcome: .allowed))
        }
        try await ListenerBench.run(
            groups: { _ in [AuditRoutes(trail: trail, exports: ExportCounter())] },
            answer: { _, peer in peer.close() },
            body
        )
    }

    @Test func theNewestComeFirst() async throws {
        try await Self.withRecords(4) { bench in
            let all = try await bench.say(ListenerBench.get("/_lookout/audit"))
            #expect(all.contains("Cache-Control: no-store\r\n"))
            let order = ["k4", "k3", "k2"].compactMap { all.range(of: $0)?.lowerBound }
            #expect(order.count == 3 && order == order.sorted())
            #expect(all.contains(#""count":3}"#))
            for limit in ["1", "0", "x"] {
                let answer = try await bench.say(ListenerBench.get("/_lookout/audit?limit=\(limit)"))
                #expect(answer.contains(limit == "1" ? #""count":1}"# : #""count":3}"#))
            }
        }
    }

    @Test(arguments: [
        ("", 200, 4, 3), ("?cursor=2", 200, 4, 2), ("?cursor=1", 200, 4, 3), ("?cursor=4", 200, 4, 0),
        ("?cursor=1&limit=2", 200, 3, 2), ("?limit=0", 200, 1, 0), ("?cursor=0", 409, 1, 0), ("?cursor=5", 409, 1, 0),
    ])
    func anExportSaysWhereToGoOn(_ query: String, _ status: Int, _ next: Int, _ count: Int) async throws {
        try await Self.withRecords(4) { bench in
            let answer = try await bench.say(ListenerBench.get("/_lookout/audit/export\(query)"))
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("X-Lookout-Oldest-Cursor: 2\r\n"))
            #expect(answer.contains("X-Lookout-Latest-Cursor: 4\r\n"))
            #expect(answer.contains("X-Lookout-Next-Cursor: \(next)\r\n"))
            #expect(answer.contains("X-Lookout-Record-Count: \(count)\r\n"))
        }
    }

    @Test(arguments: [("cursor=x", "invalid cursor"), ("cursor=-1", "invalid cursor"), ("limit=-1", "invalid limit")])
    func badQuestionsAreNamed(_ query: String, _ reason: String) async throws {
        try await Self.withRecords(1) { bench in
            let answer = try await bench.say(ListenerBench.get("/_lookout/audit/export?\(query)"))
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.hasSuffix("\(reason)\n"))
        }
    }

    @Test func nobodyReadsItWithoutACredential() async throws {
        try await Self.withRecords(1) { bench in
            let request = "GET /_lookout/audit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answer = try await bench.say(request)
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
        }
    }
}
