import ContainerChecks
import DockerBridge
import NIOCore

/// Compose, which both modes serve.
extension AgentParts {
    /// What does the operations; `nil` where Compose is switched off.
    var composeService: ComposeService? {
        guard var settings = self.configuration.compose else { return nil }
        settings.environment.merge(self.configuration.engine.clientEnvironment) { $1 }
        settings.createsContainers = self.configuration.admission.mode != .deny
        let dispatcher = self.dispatchers[0]
        return ComposeService(settings, logger: self.logger) {
            try? await dispatcher.eventLoop.submit { dispatcher.value.apiVersion }.get()
        }
    }
}

extension AgentParts.Remains {
    /// What Compose started and the end of its connections, or of the tunnel, has told to end.
    static let composePrograms = Self(name: "Compose programs") {
        await ChildProcesses.shared.end(within: ComposeEnvironment.programsLimit)
    }
}
