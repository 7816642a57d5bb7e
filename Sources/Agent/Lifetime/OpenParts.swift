import ServiceLifecycle
import Synchronization

/// The parts of the agent that have begun and not ended, by name: what a stop that takes too long still waits for.
final class OpenParts: Sendable {
    private let open = Mutex<[String]>([])

    var names: [String] { self.open.withLock { $0 } }

    func during<Result>(
        _ name: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        self.open.withLock { $0.append(name) }
        defer {
            self.open.withLock { names in
                if let index = names.firstIndex(of: name) { names.remove(at: index) }
            }
        }
        return try await body()
    }

    /// The service under a name.
    func part(_ name: String, _ service: any Service) -> any Service {
        Part(name: name, service: service, parts: self)
    }

    private struct Part: Service {
        let name: String
        let service: any Service
        let parts: OpenParts

        func run() async throws {
            try await self.parts.during(self.name) { try await self.service.run() }
        }
    }
}
