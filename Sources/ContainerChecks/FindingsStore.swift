import Base
package import ContainerWatch
package import DockerBridge
package import NIOCore
import NIOPosix
import Synchronization

/// What the audit says about the containers that run, kept current by the inventory: whenever a container is inspected, it
/// is audited.
///
/// Concurrency: any thread.
package final class FindingsStore: InspectObserver {
    /// Bytes of a document that is judged where it comes. Most have under ten thousand.
    private static let inlineBytes = 64 << 10

    private let check: ContainerCheck
    /// By the container's id.
    private let findings = Mutex<[String: [Finding]]>([:])

    package init(check: ContainerCheck) {
        self.check = check
    }

    /// - Parameter records: the containers that there are.
    /// - Returns: a report of those that run.
    func report(_ records: [ContainerRecord]) -> Report {
        let running = records.filter { [.running, .paused, .restarting].contains($0.status) }
        let findings = self.findings.withLock { findings in running.flatMap { findings[$0.id] ?? [] } }
        return Report(containersInspected: running.count, findings: findings)
    }

    // MARK: InspectObserver

    package func inspected(_ id: String, _ document: ByteBuffer) async {
        guard let findings = await self.checked(document) else { return }
        self.findings.withLock { $0[id] = findings }
    }

    /// Long documents are judged on the threads for that, two at a time, so that they hold up neither a loop nor the pool of
    /// tasks. The inventory asks for no further one meanwhile.
    ///
    /// - Returns: `nil` for a document that is not JSON, which the inventory reports, and when the task is cancelled.
    private func checked(_ document: ByteBuffer) async -> [Finding]? {
        let check = self.check
        let judge = { @Sendable () -> [Finding]? in
            let bytes = document.withUnsafeReadableBytes { Array($0) }
            return (try? JSONNode(parsing: bytes)).map { check.findings(in: InspectDocument($0)) }
        }
        guard document.readableBytes > Self.inlineBytes else { return judge() }
        return (try? await JudgmentThreads.pool.runIfActive(judge)) ?? nil
    }

    package func removed(_ ids: [String]) {
        self.findings.withLock { findings in
            for id in ids { findings[id] = nil }
        }
    }

    package func present(_ ids: Set<String>) {
        self.findings.withLock { findings in findings = findings.filter { ids.contains($0.key) } }
    }
}

/// The findings beside the containers that they are about.
package struct FindingsSource: Sendable {
    private let findings: FindingsStore
    private let inventory: NIOLoopBound<InventoryStore>

    package init(_ findings: FindingsStore, inventory: NIOLoopBound<InventoryStore>) {
        (self.findings, self.inventory) = (findings, inventory)
    }

    /// - Returns: `nil` before the engine was looked at for the first time.
    package func report() async -> Report? {
        let store = self.inventory
        // A loop that runs cannot refuse a task.
        let records = try! await store.eventLoop.submit {
            store.value.inventory.isComplete ? store.value.inventory.records : nil
        }.get()
        return records.map { self.findings.report($0) }
    }
}
