package import ContainerChecks
package import ContainerWatch
import DockerBridge
import NIOPosix

extension LiveAudit {
    /// Asks the engine that the environment names, as the agent would find it.
    package static func ofEnvironment(_ audit: Audit) async throws(AgentError) -> LiveAudit {
        let environment = ProcessEnvironment.current
        var reader = EnvironmentReader(environment)
        guard let address = EngineAddress(&reader, environment: environment, files: .real),
            reader.problems.isEmpty
        else { throw AgentError(settings: reader.problems) }
        let root = HostSampler.Settings(&reader).root
        do {
            let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
            let engine = EngineAPI(dispatcher: try await RequestDispatcher.make(for: address, on: eventLoop))
            return LiveAudit(engine: engine, audit: audit, links: HostLinks(engine: address, root: root))
        } catch {
            throw AgentError(.engineUnusable, "\(error)")
        }
    }
}
