import DockerBridge
package import NIOCore

/// How the inbound listener behaves, apart from who may use it.
package struct ListenerSettings: Sendable {
    package var address: BindAddress
    /// Certificates of our own; `nil` speaks plain HTTP.
    package var tls: TLSFiles?
    /// Connections at a time. Each costs some kilobytes and a descriptor, and a second one while it asks the engine.
    package var maximumConnections = 4096
    /// `MAX_EXEC_SESSIONS`: upgraded connections at a time; each holds two sockets and a process of the engine.
    package var maximumUpgrades = 100
    /// `MAX_STREAM_SESSIONS`: answers at a time that the engine streams; `nil` for no limit beside that of the connections.
    package var maximumStreams: Int?
    /// `MEMORY_BUDGET`, in bytes: strangers may have half of it, and 32 MiB at most.
    package var memoryBudget = MemoryBudget.defaultLimit
    /// From the connection, or the first byte of a later request, to the complete head.
    package var headTimeout = TimeAmount.seconds(10)
    /// Between an answer and the next request.
    package var idleTimeout = TimeAmount.seconds(120)
    /// Between the end of our output and the client's. Closing both directions at once while bytes of the client are unread
    /// would reset the connection, and the reset overtakes the answer.
    package var lingerTimeout = TimeAmount.seconds(2)
    /// For what is under way when the agent is told to stop, which must be done within 8 s in all.
    package var drainTimeout = TimeAmount.seconds(5)

    package init(address: BindAddress, tls: TLSFiles? = nil) {
        self.address = address
        self.tls = tls
    }
}

/// PEM files of the listener's own TLS.
package struct TLSFiles: Sendable, Equatable {
    /// May hold a chain.
    package var certificate: String
    package var key: String
    /// When set, clients must show a certificate that one of these signed.
    package var clientAuthorities: String?

    package init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}
