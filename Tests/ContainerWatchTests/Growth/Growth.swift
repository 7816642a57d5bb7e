import CAllocations
import CSteps

/// How much more work eight times as long a document is, in steps and blocks allocated. No clock is read.
struct Growth: CustomStringConvertible {
    /// A linear loop makes 8 of it, a sort 11 at most, a loop in a loop up to 64.
    static let limit = 10.0
    /// Entries of the shorter one. Eight times as many are what is judged of most lists.
    static let entries = 512
    /// Below this the work does not depend on the entries.
    private static let noise = 4 * entries

    let what: String
    let few: Int
    let many: Int

    /// What is worked on, for few entries and for eight times as many.
    struct Pair<Value> {
        let few: Value
        let many: Value

        init(_ make: (Int) throws -> Value) rethrows {
            self.few = try make(Growth.entries)
            self.many = try make(8 * Growth.entries)
        }
    }

    init<Value>(_ what: String, _ pair: Pair<Value>, work: (Value) throws -> Void) rethrows {
        self.what = what
        self.few = try Self.steps(pair.few, work)
        self.many = try Self.steps(pair.many, work)
    }

    var ratio: Double { Double(self.many) / Double(max(self.few, 1)) }
    var isLinear: Bool { self.many < Self.noise || self.ratio < Self.limit }
    var description: String { "\(self.what): \(self.few) steps, then \(self.many), \(self.ratio) times as many" }

    private static func steps<Value>(_ prepared: Value, _ work: (Value) throws -> Void) rethrows -> Int {
        let before = steps_of_this_thread() + allocations_of_this_thread()
        try work(prepared)
        return Int(steps_of_this_thread() + allocations_of_this_thread() - before)
    }
}
