import DockerBridge
import NIOCore

/// What a controller is told of this host's containers, and how often the agent makes sure that it is true.
struct InventorySettings: Equatable {
    /// Between two lists of all containers; the controller's welcome may name another one.
    var pollInterval: TimeAmount
    /// Whether the values of environment variables go out with each container.
    var sendsEnvironment: Bool
    /// Whether the controller is not invited to scan and update through the tunnel.
    var isReadOnly: Bool
    var host: HostSampler.Settings
}

extension Configuration {
    static func inventory(_ reader: inout EnvironmentReader) -> InventorySettings {
        InventorySettings(
            pollInterval: Self.pollInterval(&reader),
            sendsEnvironment: reader.boolean("SEND_ENV", default: false),
            isReadOnly: reader.boolean("READ_ONLY", default: false),
            host: Self.host(&reader)
        )
    }

    /// The engine lists and inspects every container each time; more often would be all that it does on a large host.
    private static let shortestPollInterval = 5

    private static func pollInterval(_ reader: inout EnvironmentReader) -> TimeAmount {
        let seconds = reader.integer("DD_POLL_INTERVAL", default: 300, in: 1...86400)
        if seconds < Self.shortestPollInterval {
            reader.warning(
                "DD_POLL_INTERVAL",
                "is \(seconds); the shortest interval, \(Self.shortestPollInterval), is used"
            )
        }
        return .seconds(Int64(max(seconds, Self.shortestPollInterval)))
    }

    private static func host(_ reader: inout EnvironmentReader) -> HostSampler.Settings {
        var settings = HostSampler.Settings()
        if let proc = reader.string("HOST_PROC") {
            settings.proc = proc
            settings.isProcForeign = true
        }
        settings.root = reader.string("HOST_ROOT") ?? ""
        settings.skipsDisk = reader.boolean("SKIP_DF_COLLECTION", default: false)
        return settings
    }
}
