import Testing

@testable import Policy

@Suite struct OperationSetTests {
    @Test func positionsCountTheCases() {
        #expect(Operation.allCases.map(\.position) == Array(0..<Operation.allCases.count))
    }

    @Test func aSetHoldsWhatWasPutInAndNothingElse() {
        for operation in Operation.allCases {
            let set = OperationSet([operation])
            #expect(set.operations == [operation] && set.count == 1)
            #expect(Operation.allCases.filter(set.contains) == [operation])
        }
        #expect(OperationSet().isEmpty && !OperationSet.all.isEmpty)
        #expect(OperationSet.all.operations == Operation.allCases)
    }

    @Test func setsAreCombined() {
        let (first, second) = (OperationSet([.systemPing, .execStart]), OperationSet([.execStart, .unknown]))
        #expect(first.union(second).operations == [.systemPing, .execStart, .unknown])
        #expect(first.intersection(second).operations == [.execStart])
        #expect(first.subtracting(second).operations == [.systemPing])
        #expect(first.union(second).isSuperset(of: second) && !first.isSuperset(of: second))
        #expect(first.isSuperset(of: OperationSet()))
    }

    @Test(arguments: [
        ("exec", ["exec.create", "exec.start", "exec.inspect", "exec.resize"]),
        ("containers.archive", ["containers.archive.read", "containers.archive.write"]),
        ("build.cache", ["build.cache.prune"]), ("containers.archive.read", []), ("exe", []), ("", []),
        ("unknown", []),
    ])
    func operationsAreFoundByTheBeginningOfTheirNames(prefix: String, names: [String]) {
        #expect(OperationSet(named: prefix).operations.map(\.rawValue) == names)
    }
}
