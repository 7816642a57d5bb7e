package import NIOCore

extension RequestDispatcher {
    /// A dispatcher for the engine or the agent at `address`, on the loop that it lives on.
    ///
    /// - Throws: when the files for TLS cannot be used.
    package static func make(
        for address: EngineAddress,
        on eventLoop: any EventLoop,
        limits: Limits = Limits()
    ) async throws -> NIOLoopBound<RequestDispatcher> {
        try await eventLoop.submit {
            let client = try EngineClient(address: address, eventLoop: eventLoop)
            return NIOLoopBound(RequestDispatcher(client: client, limits: limits), eventLoop: eventLoop)
        }.get()
    }
}
