import ContainerChecks
import DockerBridge

/// Compose, which both modes serve.
extension AgentParts {
    /// What does the operations; `nil` where Compose is switched off.
    var composeService: ComposeService? {
        guard var settings = self.configuration.compose else { return nil }
        settings.environment.merge(self.configuration.engine.clientEnvironment) { $1 }
        settings.createsContainers = self.configuration.admission.mode != .deny
        let engine = self.engine
        // Asked for each time: soon after the start nobody may have asked the engine yet.
        return ComposeService(settings, logger: self.logger) { await engine.refreshVersion()?.apiVersion }
    }
}

extension AgentParts.Remains {
    /// What Compose started and the end of its connections, or of the tunnel, has told to end.
    static let composePrograms = Self(name: "Compose programs") {
        await ChildProcesses.shared.end(within: ComposeEnvironment.programsLimit)
    }
}
