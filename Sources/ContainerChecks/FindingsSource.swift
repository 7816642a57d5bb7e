package import ContainerWatch
package import DockerBridge
package import NIOCore

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
