import Base
import DockerBridge
import NIOConcurrencyHelpers
import NIOCore

/// The list of all containers as JSON, kept until something changes: a controller that asks often costs next to nothing.
///
/// Concurrency: any event loop may ask; it is written on the store's.
final class ContainerList: Sendable {
    private let store: NIOLoopBound<InventoryStore>
    private let write: @Sendable ([ContainerRecord], inout JSONWriter<ByteBuffer>) -> Void
    /// `nil` after a change.
    private let current = NIOLockedValueBox<ByteBuffer?>(nil)

    /// Must be called on the store's event loop.
    init(
        _ store: NIOLoopBound<InventoryStore>,
        write: @escaping @Sendable ([ContainerRecord], inout JSONWriter<ByteBuffer>) -> Void
    ) {
        self.store = store
        self.write = write
        let current = self.current
        _ = store.value.follow { current.withLockedValue { $0 = nil } }
    }

    /// - Parameter whenDone: called on `eventLoop`, at once where the list is known.
    func get(on eventLoop: any EventLoop, whenDone: @escaping (ByteBuffer) -> Void) {
        if let known = self.current.withLockedValue({ $0 }) { return whenDone(known) }
        let done = NIOLoopBound(whenDone, eventLoop: eventLoop)
        self.store.eventLoop.execute {
            var list = ByteBuffer()
            list.writeJSON { self.write(self.store.value.inventory.records, &$0) }
            let whole = list
            self.current.withLockedValue { $0 = whole }
            eventLoop.execute { done.value(whole) }
        }
    }
}
