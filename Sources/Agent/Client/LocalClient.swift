import Base
package import DockerBridge
import Glibc
import LocalServer
import NIOCore
import NIOPosix

/// Asks the agent that runs on this host, through its local listener.
package enum LocalClient {
    /// - Throws: `AgentError` when nothing listens there, or another program.
    package static func get(_ path: String) async throws(AgentError) -> CollectedResponse {
        try await Self.ask("GET", path)
    }

    /// - Throws: `AgentError` when nothing listens there, or another program.
    package static func ask(
        _ method: String,
        _ path: String,
        fields: [BridgeRequest.Header] = []
    ) async throws(AgentError) -> CollectedResponse {
        var reader = EnvironmentReader(ProcessEnvironment.current)
        guard let address = reader.address(), reader.problems.isEmpty else {
            throw AgentError(settings: reader.problems)
        }
        if case .tcp(_, 0) = address {
            throw AgentError(
                .agentPortUnknown,
                "PORT is 0, so the agent has chosen its port; set PORT to the one that its log tells"
            )
        }
        let peer = address.asPeer(tls: reader.read(Settings.tlsCert) == nil ? nil : .unverified)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let answer: CollectedResponse
        do {
            let dispatcher = try await RequestDispatcher.make(for: peer, on: eventLoop)
            answer = try await EngineAPI(dispatcher: dispatcher).send(method, path, headers: fields)
        } catch {
            throw AgentError(
                .agentUnreachable,
                "no agent answers at \(address): \(Self.reason(error)); is it running, with the same PORT and "
                    + "BIND_ADDRESS?"
            )
        }
        // Every answer of an agent says its mode; a Drydock has the same port unless told otherwise.
        guard JSONMember.text("mode", of: answer.body) != nil else {
            throw AgentError(
                .anotherProgram,
                "what answers at \(address) is another program (HTTP \(answer.status)); set PORT or BIND_ADDRESS as for "
                    + "the agent"
            )
        }
        return answer
    }

    /// The bridge's own words speak of an engine.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? BridgeError, error.code == .engineUnreachable else { return "\(error)" }
        guard let cause = error.cause as? IOError else { return "nothing listens there" }
        return SystemFault(cause.errnoCode).description
    }
}

extension BindAddress {
    /// How a client on this host reaches it.
    fileprivate func asPeer(tls: EngineAddress.TLS?) -> EngineAddress {
        switch self {
        case .unix(let path): EngineAddress(.unix(path: path))
        case .tcp("0.0.0.0", let port): EngineAddress(.tcp(host: "127.0.0.1", port: port), tls: tls)
        case .tcp("::", let port): EngineAddress(.tcp(host: "::1", port: port), tls: tls)
        case .tcp(let host, let port): EngineAddress(.tcp(host: host, port: port), tls: tls)
        }
    }
}
