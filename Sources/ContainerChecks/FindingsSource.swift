package import ContainerWatch
package import DockerBridge
package import NIOCore

/// The findings beside the containers that they are about.
package struct FindingsSource: Sendable {
    private let board: FindingsBoard
    private let store: NIOLoopBound<InventoryStore>

    package init(board: FindingsBoard, store: NIOLoopBound<InventoryStore>) {
        (self.board, self.store) = (board, store)
    }

    /// - Returns: `nil` before the engine was looked at for the first time.
    package func report() async -> Report? {
        let store = self.store
        // A loop that runs cannot refuse a task.
        let records = try! await store.eventLoop.submit {
            store.value.inventory.isComplete ? store.value.inventory.records : nil
        }.get()
        return records.map { self.board.report($0) }
    }
}
