import NIOCore
import Policy

/// Asks the engine what a policy needs to know of requests that are held meanwhile.
///
/// A request that is given up while it waits is not asked about further.
///
/// Concurrency: the event loop of its dispatcher.
final class FactQuestions {
    /// Requests that wait for an answer at once. Each takes one connection to the engine.
    static let mostAtOnce = 128
    /// Of one answer: what `docker inspect` says of a container has some 10 KiB.
    private static let mostBytes = 1 << 20
    /// For one answer. The request's own deadline runs beside it.
    private static let patience = TimeAmount.seconds(10)

    private let client: EngineClient
    private let memory: MemoryBudget
    private let directory: ContainerDirectory?
    private var underWay = 0

    /// - Parameter directory: looked into before the engine is asked.
    init(client: EngineClient, memory: MemoryBudget, directory: ContainerDirectory?) {
        (self.client, self.memory, self.directory) = (client, memory, directory)
    }

    var hasRoom: Bool { self.underWay < Self.mostAtOnce }

    /// With what is known already; it may have no question left.
    func finder(_ claims: RequestClaims, _ needs: RequestFacts.Needs) -> FactFinder {
        var finder = FactFinder(claims, needs)
        finder.consult(self.directory, now: self.client.now)
        return finder
    }

    /// - Parameter found: not called for an exchange that is over.
    func ask(_ finder: FactFinder, for exchange: EngineExchange, _ found: @escaping (FactFinder) -> Void) {
        self.underWay += 1
        self.askNext(finder, for: exchange, found)
    }

    private func askNext(_ finder: FactFinder, for exchange: EngineExchange?, _ found: @escaping (FactFinder) -> Void) {
        guard let exchange, !exchange.isOver, let target = finder.target else {
            self.underWay -= 1
            if let exchange, !exchange.isOver { found(finder) }
            return
        }
        let sink = CollectingSink(limit: Self.mostBytes, memory: self.memory) { [weak exchange] result in
            var finder = finder
            let response = try? result.get()
            finder.answered(response?.isSuccess == true ? response?.body : nil)
            finder.consult(self.directory, now: self.client.now)
            self.askNext(finder, for: exchange, found)
        }
        var request = BridgeRequest(method: "GET", target: target, asker: .agent)
        // The listener takes requests before the engine has told its version, and an engine refuses a version above its own.
        request.takesVersionPrefix = false
        sink.exchange = self.client.open(request, form: .plain, timeout: Self.patience, sink: sink)
    }
}
