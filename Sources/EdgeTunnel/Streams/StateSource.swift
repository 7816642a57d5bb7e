package import DockerBridge
import Drydock
import Logging
import NIOCore

/// Where a session takes from what it tells its controller of this host.
package struct StateSource: Sendable {
    private let inventory: InventoryService
    private let sampler: HostSampler
    private let settings: StateSettings

    package init(inventory: InventoryService, sampler: HostSampler, settings: StateSettings) {
        self.inventory = inventory
        self.sampler = sampler
        self.settings = settings
    }

    /// On the event loop: begins to tell `outbox`.
    ///
    /// - Parameter heartbeat: between two samples of the host's figures.
    func feed(_ outbox: Outbox, welcome: Welcome, heartbeat: TimeAmount, logger: Logger) -> StateFeed {
        self.inventory.setPollInterval(welcome.pollInterval.map { .seconds(Int64($0)) })
        return StateFeed(
            outbox: outbox,
            store: self.inventory.store.value,
            object: ContainerObject(
                schema: ContainerObject.Schema(compatLevel: welcome.serverCompatLevel),
                agentName: self.settings.agentName,
                sendsEnvironment: self.settings.sendsEnvironment
            ),
            isReadOnly: self.settings.isReadOnly,
            meter: HostMeter(
                eventLoop: self.inventory.store.eventLoop,
                interval: heartbeat,
                sample: self.sampler.sample
            ),
            logger: logger
        )
    }

    /// On the event loop: the session is over, and with it what its controller asked for.
    func sessionEnded() {
        self.inventory.setPollInterval(nil)
    }
}

/// How much of this host a controller is told.
package struct StateSettings: Sendable {
    package var agentName: String
    /// Whether the values of environment variables go out with each container.
    package var sendsEnvironment = false
    /// Whether the controller is not invited to scan and update through the tunnel. Asked again with every change that is told.
    package var isReadOnly: @Sendable () -> Bool = { false }

    package init(agentName: String) {
        self.agentName = agentName
    }
}
