import Base
import Testing

@testable import Policy

@Suite struct SeenRequestsTests {
    static func time(_ second: Int64) -> UnixTime { UnixTime(seconds: 1_796_000_000 + second) }

    @Test func equalRequestsAreCounted() throws {
        var seen = SeenRequests()
        let facts = HostPolicyTests.facts("web-1", image: "docker.io/library/nginx:1")
        seen.add(.containersStop, facts, at: Self.time(5))
        seen.add(.containersStop, facts, at: Self.time(3))
        seen.add(.containersStop, HostPolicyTests.facts("web-2", image: "nginx:1"), at: Self.time(9))
        let all = seen.all
        #expect(all.map(\.request.container) == ["web-1", "web-2"])
        #expect(all.map(\.request.image) == ["nginx:1", "nginx:1"])
        #expect(all.map(\.request.identity) == ["controller", "controller"])
        #expect(all.map(\.tally) == [.init(count: 2, last: Self.time(5)), .init(count: 1, last: Self.time(9))])
    }

    @Test func onlyWhatAnOperationIsAboutIsKept() {
        var seen = SeenRequests()
        let facts = HostPolicyTests.facts("web-1", image: "nginx:1")
        seen.add(.systemPing, facts, at: Self.time(0))
        seen.add(.imagesPull, facts, at: Self.time(0))
        seen.add(.containersPrune, facts, at: Self.time(0))
        #expect(seen.all.map(\.request.container) == [nil, nil, nil])
        #expect(seen.all.map(\.request.image) == [nil, nil, "nginx:1"])
        #expect(seen.all.map(\.request.operation) == [.systemPing, .containersPrune, .imagesPull])
    }

    @Test(arguments: [
        (Operation.containersStop, RequestFacts.Needs.container), (.execStart, .container), (.imagesPull, .images),
        (.systemPing, RequestFacts.Needs()), (.containersPrune, RequestFacts.Needs()),
        (.unknown, RequestFacts.Needs()),
    ])
    func factsThatAreKeptAreAskedFor(operation: Operation, needs: RequestFacts.Needs) {
        #expect(SeenRequests.needs(operation) == needs)
    }

    @Test func beyondTheBoundOnlyTheOperationIsCounted() {
        var seen = SeenRequests(capacity: 3)
        for number in 0..<10 {
            seen.add(.containersStop, HostPolicyTests.facts("web-\(number)"), at: Self.time(Int64(number)))
        }
        seen.add(.containersStop, HostPolicyTests.facts("web-0"), at: Self.time(20))
        #expect(seen.all.map(\.request.container) == [nil, "web-0", "web-1", "web-2"])
        #expect(seen.all.map(\.tally.count) == [7, 2, 1, 1])
    }

    @Test func theStoreIsBoundedWhateverIsAsked() {
        var seen = SeenRequests(capacity: 100)
        for number in 0..<2_000 {
            let operation = Operation.allCases[number % Operation.allCases.count]
            let name = "\(number)" + String(repeating: "x", count: 500)
            seen.add(operation, HostPolicyTests.facts(name, image: name, identity: name), at: Self.time(0))
        }
        #expect(seen.all.count <= 100 + Operation.allCases.count)
        let texts = seen.all.flatMap { [$0.request.container, $0.request.image, $0.request.identity] }.compactMap(
            \.self
        )
        #expect(texts.allSatisfy { $0.utf8.count <= SeenRequests.maximumText + 1 })
        #expect(seen.all.map(\.tally.count).reduce(0, +) == 2_000)
    }

    @Test func aCountStaysAtTheLargestNumber() {
        var tally = SeenRequests.Tally(count: .max, last: Self.time(0))
        tally.add(.init(count: 1, last: Self.time(1)))
        #expect(tally == .init(count: .max, last: Self.time(1)))
    }
}
