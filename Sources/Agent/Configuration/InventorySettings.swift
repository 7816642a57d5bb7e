import DockerBridge
import NIOCore

/// What a controller is told of this host's containers, and how often the agent makes sure that it is true.
struct InventorySettings: Equatable {
    /// Between two lists of all containers; the controller's welcome may name another one.
    var pollInterval: TimeAmount
    /// Whether the values of environment variables go out with each container.
    var sendsEnvironment: Bool
    var host: HostSampler.Settings
}

extension InventorySettings {
    /// The engine lists and inspects every container each time; more often would be all that it does on a large host.
    private static let shortestPollInterval = 5

    init(_ reader: inout EnvironmentReader) {
        self.init(
            pollInterval: Self.pollInterval(&reader),
            sendsEnvironment: reader.read(Settings.sendEnv),
            host: HostSampler.Settings(&reader)
        )
    }

    private static func pollInterval(_ reader: inout EnvironmentReader) -> TimeAmount {
        let seconds = reader.read(Settings.pollInterval)
        if seconds < Self.shortestPollInterval {
            reader.warning(
                Settings.pollInterval,
                "is \(seconds); the shortest interval, \(Self.shortestPollInterval), is used"
            )
        }
        return .seconds(Int64(max(seconds, Self.shortestPollInterval)))
    }
}

extension HostSampler.Settings {
    init(_ reader: inout EnvironmentReader) {
        self.init()
        if let proc = reader.read(Settings.hostProc) {
            self.proc = proc
            self.isProcForeign = true
        }
        self.root = reader.read(Settings.hostRoot) ?? ""
        self.skipsDisk = reader.read(Settings.skipDiskSpace)
    }
}
