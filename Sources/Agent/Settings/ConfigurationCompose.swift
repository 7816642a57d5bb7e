import DockerBridge
import NIOCore

/// What the environment says about Compose.
extension Configuration {
    static func compose(_ reader: inout EnvironmentReader, environment: [String: String]) -> ComposeService.Settings {
        var settings = ComposeService.Settings()
        if let folder = reader.string("STACKS_DIR") {
            settings.stacksFolder = folder
            if !folder.hasPrefix("/") { reader.problem("STACKS_DIR", "is '\(folder)'; it must be an absolute path") }
        }
        settings.limit = .seconds(reader.integer("COMPOSE_TIMEOUT", default: 1800, in: 10...86400))
        settings.environment = ComposeEnvironment.passed(from: environment)
        return settings
    }
}
