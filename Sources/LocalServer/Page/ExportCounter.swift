import Synchronization

/// How often the audit trail was exported, for the metrics.
package final class ExportCounter: Sendable {
    private let successes = Atomic(0)
    private let errors = Atomic(0)

    package init() {}

    func count(isSuccess: Bool) {
        if isSuccess {
            self.successes.add(1, ordering: .relaxed)
        } else {
            self.errors.add(1, ordering: .relaxed)
        }
    }

    package var succeeded: Int { self.successes.load(ordering: .relaxed) }
    package var failed: Int { self.errors.load(ordering: .relaxed) }
}
