package import ContainerChecks
package import ContainerWatch
import DockerBridge
import NIOPosix

extension LiveCheck {
    /// Asks the engine that the environment names, as the agent would find it.
    ///
    /// - Parameter notes: takes sentences about what was not looked at.
    package static func ofEnvironment(
        _ check: ContainerCheck,
        notes: @escaping @Sendable (String) -> Void
    ) async throws(AgentError) -> LiveCheck {
        let environment = ProcessEnvironment.current
        var reader = EnvironmentReader(environment)
        guard let address = EngineAddress(&reader, environment: environment, files: .real),
            reader.problems.isEmpty
        else { throw AgentError(settings: reader.problems) }
        let root = HostSampler.Settings(&reader).root
        do {
            let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
            let engine = EngineAPI(dispatcher: try await RequestDispatcher.make(for: address, on: eventLoop))
            let links = HostLinks(engine: address, root: root)
            return LiveCheck(engine: engine, check: check, links: links, notes: notes)
        } catch {
            throw AgentError(.engineUnusable, "\(error)")
        }
    }
}
