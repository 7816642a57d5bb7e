import Agent
import ArgumentParser
import DockerBridge
import LocalServer
import NIOCore

/// Has the running agent dial at once, instead of when its back-off or its rest is over.
struct DialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dial",
        abstract: "Has the running agent dial its controller now.",
        discussion: """
            Asks the agent's local listener; PORT and BIND_ADDRESS say where that is. For when the controller was put \
            right and the agent is parked or waits. Two dials are never less than a second apart.
            """
    )

    func run() async throws {
        let health = try await LocalClient.get("/health")
        guard JSONMember.text("mode", of: health.body) == "edge" else {
            throw CommandFailure("the agent is in standard mode, in which it dials no controller")
        }
        let answer = try await LocalClient.ask("POST", "/_lookout/dial", fields: [.init(DialRoute.field, "now")])
        guard let found = JSONMember.text("found", of: answer.body).flatMap(DialRoute.Found.init) else {
            throw CommandFailure("the agent answers HTTP \(answer.status): \(String(buffer: answer.body))")
        }
        print(found.text)
    }
}

extension DialRoute.Found {
    fileprivate var text: String {
        switch self {
        case .waiting: "dialling; `lookout status` tells how it went"
        case .connected: "connected already"
        case .dialling: "dialling already; `lookout status` tells how it went"
        case .stopping: "the agent is stopping"
        }
    }
}
