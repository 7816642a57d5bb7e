/// A set of operations in one machine word: membership is one bit test.
package struct OperationSet: Hashable, Sendable {
    private var bits: UInt128 = 0

    package init() {}

    package init(_ operations: some Sequence<Operation>) {
        for operation in operations { self.insert(operation) }
    }

    /// Every operation, `unknown` included.
    package static let all = OperationSet(Operation.allCases)

    /// The operations whose names begin with `prefix` and a dot, as `containers.*` names them.
    package init(named prefix: some StringProtocol) {
        self.init(Operation.allCases.filter { $0.rawValue.hasPrefix("\(prefix).") })
    }

    package var isEmpty: Bool { self.bits == 0 }
    package var count: Int { self.bits.nonzeroBitCount }

    package func contains(_ operation: Operation) -> Bool { self.bits & operation.bit != 0 }

    package func isSuperset(of other: OperationSet) -> Bool { other.bits & ~self.bits == 0 }

    package mutating func insert(_ operation: Operation) { self.bits |= operation.bit }

    package mutating func formUnion(_ other: OperationSet) { self.bits |= other.bits }

    package func union(_ other: OperationSet) -> OperationSet {
        var result = self
        result.formUnion(other)
        return result
    }

    package func intersection(_ other: OperationSet) -> OperationSet {
        var result = self
        result.bits &= other.bits
        return result
    }

    package func subtracting(_ other: OperationSet) -> OperationSet {
        var result = self
        result.bits &= ~other.bits
        return result
    }

    /// In the order of the vocabulary.
    package var operations: [Operation] { Operation.allCases.filter(self.contains) }
}

extension Operation {
    /// Its number among all cases. The one byte of an enumeration without payloads counts its cases from 0.
    var position: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

    fileprivate var bit: UInt128 { 1 << UInt128(self.position) }
}
