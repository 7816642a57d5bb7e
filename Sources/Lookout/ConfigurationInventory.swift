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
            pollInterval: .seconds(Int64(reader.integer("DD_POLL_INTERVAL", default: 300, in: 5...86400))),
            sendsEnvironment: reader.boolean("SEND_ENV", default: false),
            isReadOnly: reader.boolean("READ_ONLY", default: false),
            host: Self.host(&reader)
        )
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
