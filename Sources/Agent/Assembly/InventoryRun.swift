import ContainerWatch
import DockerBridge
import LocalServer
import Logging
import NIOCore
import ServiceLifecycle

/// Follows the engine until the agent stops.
struct InventoryRun: Service {
    let inventory: InventoryService

    func run() async {
        await cancelWhenGracefulShutdown { await self.inventory.run() }
    }
}

extension Configuration {
    var findingsBoard: FindingsBoard {
        var selection = RuleSelection()
        selection.profile = self.auditProfile
        return FindingsBoard(audit: Audit(selection))
    }

    /// - Parameter dispatchers: not empty; the first one asks the engine.
    func inventory(
        _ dispatchers: [NIOLoopBound<RequestDispatcher>],
        observer: FindingsBoard,
        logger: Logger
    ) async throws -> InventoryService {
        let (first, others) = (dispatchers[0], Array(dispatchers.dropFirst()))
        let interval = self.inventory.pollInterval
        return try await first.eventLoop.submit {
            InventoryService(
                dispatcher: first.value,
                others: others,
                pollInterval: interval,
                observer: observer,
                logger: logger
            )
        }.get()
    }
}
