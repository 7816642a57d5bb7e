import NIOCore

@testable import DockerBridge
@testable import LocalServer

/// What has to hold whatever clients do. What one client's answers have to be is the `ClientRecord`'s.
final class ServerInvariants {
    /// How often deadlines are looked at.
    private static let interval = TimeAmount.milliseconds(500)

    private unowned let world: ServerWorld
    private var nextLook: NIODeadline

    init(_ world: ServerWorld) {
        self.world = world
        self.nextLook = world.loop.now
    }

    // MARK: At every step

    func check() {
        let (load, memory) = (self.world.load, self.world.door.dispatcher.memory)
        let strangers = load.strangers.used
        if strangers < 0 || strangers > load.strangers.limit { self.world.problem("strangers hold \(strangers) bytes") }
        if memory.used < 0 || memory.used > memory.limit { self.world.problem("clients hold \(memory.used) bytes") }
        guard self.world.loop.now >= self.nextLook else { return }
        self.nextLook = self.world.loop.now + Self.interval
        self.look()
    }

    private func look() {
        let now = self.world.loop.now
        for transport in self.world.transports {
            guard let deadline = transport.record.deadline(isWritable: transport.isWritable), deadline.time < now else {
                continue
            }
            transport.record.problem("a connection is late: \(deadline.reason)")
        }
        self.world.tidy()
        self.placesAreRight()
        if self.world.transports.isEmpty { self.everythingIsGivenBack() }
    }

    private func placesAreRight() {
        let (load, open) = (self.world.load, self.world.transports.count)
        if load.openConnections != open {
            self.world.problem("\(load.openConnections) connections are counted of \(open)")
        }
        let strangers = self.world.transports.count { $0.connection?.isKnown == false }
        if load.unknownConnections != strangers {
            self.world.problem("\(load.unknownConnections) strangers are counted of \(strangers)")
        }
    }

    // MARK: When all have left

    func everythingIsGivenBack() {
        self.world.tidy()
        let (load, door) = (self.world.load, self.world.door!)
        for transport in self.world.transports { transport.record.problem("a connection outlives its client") }
        if load.openConnections != 0 { self.world.problem("\(load.openConnections) connections are counted of none") }
        if load.strangers.used != 0 {
            self.world.problem("all have left, and strangers hold \(load.strangers.used) bytes")
        }
        if load.strangers.isLargePlaceTaken { self.world.problem("all have left, and the large place is taken") }
        if door.dispatcher.memory.used != 0 {
            self.world.problem("all have left, and clients hold \(door.dispatcher.memory.used) bytes")
        }
        if load.openUpgrades != 0 { self.world.problem("all have left, and \(load.openUpgrades) upgrades are counted") }
        if load.openStreams != 0 { self.world.problem("all have left, and \(load.openStreams) streams are counted") }
    }
}
